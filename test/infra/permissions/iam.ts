/**
 * IAM as far as our statements use it: Allow statements with ForAllValues:StringEquals or StringLike, and Null.
 * Anything else throws, so that a statement which this could misjudge fails its test.
 */

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

/** What IAM sees of a request: the action, and the partition keys that it names. */
export interface Call {
  readonly action: string;
  readonly leadingKeys?: readonly string[];
}

export function isAllowed(statements: readonly Statement[], call: Call): boolean {
  return statements.some(
    (statement) => actionsOf(statement).includes(call.action) && conditionHolds(statement, call),
  );
}

export function actionsOf({ Effect, Action }: Statement): readonly string[] {
  if (Effect !== 'Allow') throw new Error(`only Allow is evaluated here, got ${Effect}`);
  const actions = typeof Action === 'string' ? [Action] : Action;
  for (const action of actions) {
    if (action.includes('*')) throw new Error(`only exact actions are evaluated, got ${action}`);
  }
  return actions;
}

function conditionHolds({ Condition = {} }: Statement, call: Call): boolean {
  return Object.entries(Condition).every(([operator, test]) => {
    const [key, ...others] = Object.keys(test);
    if (key !== 'dynamodb:LeadingKeys' || others.length > 0) {
      throw new Error(`only dynamodb:LeadingKeys is evaluated here, got ${Object.keys(test)}`);
    }
    const allowed = [test[key] ?? []].flat();
    if (operator === 'Null') return (call.leadingKeys === undefined) === (allowed[0] === 'true');
    if (operator === 'ForAllValues:StringLike') {
      return (call.leadingKeys ?? []).every((named) => allowed.some((like) => isLike(named, like)));
    }
    if (operator !== 'ForAllValues:StringEquals') throw new Error(`cannot evaluate ${operator}`);
    // IAM's own rule: ForAllValues is true for a request without the key.
    return (call.leadingKeys ?? []).every((named) => allowed.map(literally).includes(named));
  });
}

/** A star is anything; `${*}`, `${?}` and `${$}` are the characters. */
function isLike(value: string, pattern: string): boolean {
  const parts = pattern.split(/(\$\{[$*?]\}|[*?])/);
  const source = parts.map((part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    const character = /^\$\{([$*?])\}$/.exec(part)?.[1];
    if (character === undefined && part.includes('$')) throw new Error(`a variable in ${pattern}`);
    return (character ?? part).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 's').test(value);
}

/** Replaces the policy variable that stands for an escaped dollar sign. @throws for any other variable. */
function literally(value: string): string {
  const escaped = '$' + '{$}';
  if (value.replaceAll(escaped, '').includes('$')) throw new Error(`a variable in ${value}`);
  return value.replaceAll(escaped, '$');
}
