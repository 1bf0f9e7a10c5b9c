/**
 * What an alarm says: what is wrong, what to type first, and where the runbook is.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../function/package-root.ts';

export interface Runbook {
  /** The heading in `docs/operations.md`, as an anchor. */
  readonly anchor: string;
  readonly symptom: string;
  /** What to type first; `<election>` is filled in. */
  readonly firstCommand: string;
}

/** The page as this version of the package ships it, at an address that opens from a console. */
export function runbookPageDefault(): string {
  const manifest = join(packageRoot(import.meta.dirname), 'package.json');
  const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, string>;
  return `https://unpkg.com/${name}@${version}/docs/operations.md`;
}

/** What an alarm says to the person that it wakes. */
export function alarmDescription(
  of: Runbook & {
    readonly what: 'Election' | 'Group';
    readonly election: string;
    readonly page: string | undefined;
  },
): string {
  const { anchor, symptom, firstCommand, what, election } = of;
  const { page = runbookPageDefault() } = of;
  const command = firstCommand.replace('<election>', JSON.stringify(election));
  return (
    `${what} ${election}: ${symptom}. Type first: \`${command}\`. ` +
    `Runbook: [${symptom}](${page}#${anchor})`
  );
}

/** As `alarmDescription`, for what carries the events and the work of all elections. */
export function deliveryDescription(of: Runbook & { readonly page: string | undefined }): string {
  const { anchor, symptom, firstCommand, page = runbookPageDefault() } = of;
  return `${symptom}. Type first: \`${firstCommand}\`. Runbook: [${symptom}](${page}#${anchor})`;
}
