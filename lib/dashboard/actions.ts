/**
 * What the buttons of the demo ask for. A real table has none: its page only looks.
 */
import * as v from 'valibot';

/** What the page has a button for. */
export const ACTIONS = [
  'kill',
  'freeze',
  'thaw',
  'stop',
  'transfer',
  'cut-off',
  'reconnect',
  'add',
] as const;

/** What a button asks for. */
export type ActionKind = (typeof ACTIONS)[number];

/** One press of a button. */
export interface Action {
  readonly action: ActionKind;
  /** Whom it befalls; absent for `add`. */
  readonly lane?: string | undefined;
}

/** What the buttons of the page do, where it has any. */
export interface Actions {
  /** @throws an Error in plain words where it cannot be done now. */
  perform(action: Action): Promise<void>;
}

const schema = v.strictObject({
  action: v.picklist(ACTIONS),
  lane: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(300))),
});

/** The action, or `undefined` for anything else. */
export function parseAction(body: unknown): Action | undefined {
  const parsed = v.safeParse(schema, body);
  if (!parsed.success) return undefined;
  const { action, lane } = parsed.output;
  return (action === 'add') === (lane === undefined) ? parsed.output : undefined;
}
