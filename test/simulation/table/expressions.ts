/**
 * DynamoDB's condition and update expressions, as far as this package uses them.
 *
 * Anything else throws: an expression that the simulation does not know must not pass as true.
 * `simulated-table.test.ts` holds it against DynamoDB Local.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Readonly<Record<string, AttributeValue>>;

export interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

const TOKEN =
  /\s*(attribute_not_exists|attribute_exists|begins_with|AND|OR|SET|REMOVE|<=|<|=|[(),]|[#:][A-Za-z0-9_]+)/y;

function tokensOf(expression: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(expression);
    if (match?.[1] === undefined) {
      throw new Error(`the simulated table does not know ${JSON.stringify(expression.slice(at))}`);
    }
    tokens.push(match[1]);
  }
  return tokens;
}

/** Parsed once per text: the package uses about twenty. */
const parsed = new Map<string, readonly string[]>();

function tokenized(expression: string): readonly string[] {
  const known = parsed.get(expression);
  if (known !== undefined) return known;
  const tokens = tokensOf(expression);
  parsed.set(expression, tokens);
  return tokens;
}

export function holds(expression: string, item: Item | undefined, given: Placeholders): boolean {
  const tokens = tokenized(expression);
  let next = 0;
  const take = () => tokens[next++] ?? '';
  const expect = (wanted: string) => {
    const got = take();
    if (got !== wanted) throw new Error(`expected ${wanted}, got ${got} in ${expression}`);
  };

  function either(): boolean {
    let value = both();
    while (tokens[next] === 'OR') {
      next += 1;
      value = both() || value;
    }
    return value;
  }

  function both(): boolean {
    let value = single();
    while (tokens[next] === 'AND') {
      next += 1;
      value = single() && value;
    }
    return value;
  }

  function single(): boolean {
    const token = take();
    if (token === '(') {
      const value = either();
      expect(')');
      return value;
    }
    if (token.startsWith('#')) return compared(attribute(item, token, given));
    expect('(');
    const found = attribute(item, take(), given);
    const value = applied(token, found);
    expect(')');
    return value;
  }

  function applied(name: string, found: AttributeValue | undefined): boolean {
    if (name === 'attribute_exists') return found !== undefined;
    if (name === 'attribute_not_exists') return found === undefined;
    if (name !== 'begins_with') throw new Error(`the simulated table does not know ${name}`);
    expect(',');
    return found?.S?.startsWith(givenValue(take(), given).S ?? '') ?? false;
  }

  function compared(left: AttributeValue | undefined): boolean {
    const operator = take();
    const right = givenValue(take(), given);
    if (left === undefined) return false;
    if (operator === '=') return equal(left, right);
    if (operator !== '<=' && operator !== '<') {
      throw new Error(`the simulated table does not know ${operator}`);
    }
    if (right.N === undefined) throw new Error('the simulated table orders numbers alone');
    if (left.N === undefined) return false;
    const [smaller, larger] = [Number(left.N), Number(right.N)];
    return operator === '<' ? smaller < larger : smaller <= larger;
  }

  const value = either();
  if (next !== tokens.length) throw new Error(`${tokens[next]} is left over in ${expression}`);
  return value;
}

/** The item after `SET … REMOVE …`. */
export function updated(expression: string, item: Item, given: Placeholders): Item {
  const tokens = tokenized(expression);
  const result: Record<string, AttributeValue> = { ...item };
  let clause = '';
  for (let next = 0; next < tokens.length; ) {
    const token = tokens[next] as string;
    if (token === 'SET' || token === 'REMOVE') {
      clause = token;
      next += 1;
      continue;
    }
    const name = givenName(token, given);
    if (clause === 'REMOVE') {
      delete result[name];
      next += 1;
    } else if (clause === 'SET' && tokens[next + 1] === '=') {
      result[name] = givenValue(tokens[next + 2] ?? '', given);
      next += 3;
    } else throw new Error(`the simulated table does not know ${expression}`);
    if (tokens[next] === ',') next += 1;
  }
  return result;
}

/** By condition, then by update. */
const usedBy = new Map<string, Map<string, ReadonlySet<string>>>();

function usedIn(condition: string, update: string): ReadonlySet<string> {
  let byUpdate = usedBy.get(condition);
  if (byUpdate === undefined) {
    byUpdate = new Map();
    usedBy.set(condition, byUpdate);
  }
  const known = byUpdate.get(update);
  if (known !== undefined) return known;
  const used = new Set([...tokenized(condition), ...tokenized(update)]);
  byUpdate.set(update, used);
  return used;
}

/** DynamoDB refuses placeholders that no expression uses. */
export function assertAllUsed(given: Placeholders, condition: string, update: string): void {
  const used = usedIn(condition, update);
  for (const name in given.names) if (!used.has(name)) throw unused(name);
  for (const name in given.values) if (!used.has(name)) throw unused(name);
}

function unused(name: string): Error {
  return Object.assign(new Error(`${name} is unused`), { name: 'ValidationException' });
}

function attribute(item: Item | undefined, token: string, given: Placeholders) {
  return item?.[givenName(token, given)];
}

function givenName(token: string, { names }: Placeholders): string {
  const name = names[token];
  if (name === undefined) throw new Error(`${token} is not among the names given`);
  return name;
}

function givenValue(token: string, { values }: Placeholders): AttributeValue {
  const value = values[token];
  if (value === undefined) throw new Error(`${token} is not among the values given`);
  return value;
}

function equal(left: AttributeValue, right: AttributeValue): boolean {
  if (left.N !== undefined && right.N !== undefined) return left.N === right.N;
  if (left.S !== undefined && right.S !== undefined) return left.S === right.S;
  return false;
}
