/**
 * What electing looks like to the code that leads, whichever mechanism elects.
 *
 * `lease-candidate.ts` and `baton-candidate.ts` implement it; `lead-once.ts` and `lead-while.ts` are
 * written against nothing else.
 */
import type { Patience } from '../../core/term/effects.ts';
import type { Term } from '../../ports.ts';

export interface Candidate {
  readonly candidateId: string;
  /**
   * `undefined` where one attempt was made and this candidate was not elected.
   * @throws BusyError while this candidate campaigns or leads, or its last term was not resigned.
   */
  campaign(options: CampaignOptions): Promise<HeldTerm | undefined>;
  /** Says that this process may have been frozen since it last observed. */
  thawed(options: { clockErrorMsMax?: number | undefined }): void;
}

export interface CampaignOptions {
  readonly patience: Patience;
  /** This process ends in so long: no lease is written that outlasts it. */
  readonly endsInMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A term as the runtime sees it: with what only the code around the work may call. */
export interface HeldTerm extends Term {
  /** Tells work to stop and keeps the role while it drains. `resign()` follows once it has settled. */
  drain(): void;
  /** Resolves with how long was waited when work was told to stop and did not settle in time. */
  readonly stuck: Promise<number>;
  /** Whether an operator asked this leader to hand over. */
  readonly requested: boolean;
}
