/**
 * What the buttons of the demo ask for. A real table has none: its page only looks.
 */
import * as v from 'valibot';

export const ACTIONS = ['kill', 'freeze', 'thaw', 'stop', 'cut-off', 'reconnect', 'add'] as const;

export type ActionKind = (typeof ACTIONS)[number];

export interface Action {
  readonly action: ActionKind;
  /** Whom it befalls; absent for `add`. */
  readonly lane?: string | undefined;
}

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
