/**
 * A broken protocol: the real sources with one rule taken out, as a text that is replaced when a
 * simulation loads them. A text that is no longer there is an error, so no mutant goes out of date unseen.
 */
import type { InvariantName } from '../../judge/invariants.ts';

export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  readonly name: string;
  /** The simulation that must find it out. */
  readonly of:
    | 'lease'
    | 'baton'
    | 'will'
    | 'guarded'
    | 'group'
    | 'regions'
    | 'outage'
    | 'hand-over'
    | 'announced';
  readonly edits: readonly Edit[];
  /** Of the lease: the faults that its runs have, where few runs would meet it otherwise. Default: as each seed draws. */
  readonly faults?: readonly string[] | undefined;
  /** What must be violated: any one of these. */
  readonly violates: readonly InvariantName[];
}

/** Of the lease, by one text, under these faults. */
export const under = (faults: readonly string[], mutant: Mutant): Mutant => ({ ...mutant, faults });

/** Of the lease, by one text. */
export const one = (
  name: string,
  violates: readonly InvariantName[],
  file: string,
  find: string,
  replace: string,
): Mutant => ({ name, of: 'lease', violates, edits: [{ file, find, replace }] });

export const ofBaton = (
  name: string,
  violates: readonly InvariantName[],
  ...edits: readonly Edit[]
): Mutant => ({ name, of: 'baton', violates, edits });
