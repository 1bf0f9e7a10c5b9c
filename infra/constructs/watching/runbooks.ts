/**
 * The alarms by name, each with its runbook: one source for alarms, dashboard and the test that
 * `docs/operations.md` has a section for each.
 */

export interface Runbook {
  /** The heading in `docs/operations.md`, as an anchor. */
  readonly anchor: string;
  readonly symptom: string;
  /** What to type first; `<election>` is filled in. */
  readonly firstCommand: string;
}

export const RUNBOOKS = {
  nobodyLeads: {
    anchor: 'nobody-leads',
    symptom: 'nobody leads',
    firstCommand: 'tenure status <election>',
  },
  twoLead: {
    anchor: 'two-believe-they-lead',
    symptom: 'two believe that they lead',
    firstCommand: 'tenure status <election>',
  },
  changesTooOften: {
    anchor: 'leadership-changes-too-often',
    symptom: 'leadership changes too often',
    firstCommand: 'tenure history <election>',
  },
  renewalsLate: {
    anchor: 'renewals-are-late',
    symptom: 'renewals are late',
    firstCommand: 'tenure doctor <election>',
  },
  staleWritesRefused: {
    anchor: 'stale-writes-are-refused',
    symptom: 'stale writes are refused',
    firstCommand: 'tenure history <election>',
  },
} as const satisfies Record<string, Runbook>;

export type RunbookName = keyof typeof RUNBOOKS;

/** The page as the package ships it; a URL of your own makes the links of alarms clickable. */
export const RUNBOOK_PAGE_DEFAULT = 'docs/operations.md';

/** What an alarm says to whoever it wakes. */
export function alarmDescription(of: {
  readonly name: RunbookName;
  readonly election: string;
  readonly page: string;
}): string {
  const { anchor, symptom, firstCommand } = RUNBOOKS[of.name];
  const command = firstCommand.replace('<election>', JSON.stringify(of.election));
  return (
    `Election ${of.election}: ${symptom}. Type first: \`${command}\`. ` +
    `Runbook: [${symptom}](${of.page}#${anchor})`
  );
}
