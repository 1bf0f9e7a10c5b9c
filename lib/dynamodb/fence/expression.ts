/**
 * Reads and merges DynamoDB's expression texts without evaluating them.
 *
 * Decides what is a path, a keyword or a placeholder in an expression. Decides how one expression
 * is put into another without changing what either means. `stamp.ts` decides what is merged.
 * Assumes what the service enforces: a raw attribute name is never a reserved word. So `SET` or
 * `AND` by itself is always the keyword.
 */

/** Attribute names by placeholder, as in `ExpressionAttributeNames`. */
export type Names = Readonly<Record<string, string>>;

const PIECE = /[#:][A-Za-z0-9_]+|[\p{L}_][\p{L}\p{N}_]*|\d+|\s+|./gsu;
const NAME = /^(#[A-Za-z0-9_]+|[\p{L}_][\p{L}\p{N}_]*)$/u;
const KEYWORD = /^(and|or|not|between|in|set|remove|add|delete)$/i;

/** The text in pieces; joined they are the text again. */
function piecesOf(text: string): readonly string[] {
  return text.match(PIECE) ?? [];
}

/** One path in an expression, such as `a.#b[2]`: where it stands and the attribute it starts from. */
interface Path {
  readonly from: number;
  /** Index of the first piece after it. */
  readonly to: number;
  readonly text: string;
  readonly attribute: string;
}

function pathsOf(pieces: readonly string[], names: Names): readonly Path[] {
  const paths: Path[] = [];
  for (let at = 0; at < pieces.length; at += 1) {
    const piece = pieces[at] ?? '';
    if (!NAME.test(piece) || KEYWORD.test(piece) || pieces[skipSpace(pieces, at + 1)] === '(')
      continue;
    const to = endOfPath(pieces, at + 1);
    const text = pieces.slice(at, to).join('').replace(/\s+/g, '');
    paths.push({ from: at, to, text, attribute: names[piece] ?? piece });
    at = to - 1;
  }
  return paths;
}

function skipSpace(pieces: readonly string[], from: number): number {
  let at = from;
  while (/^\s+$/.test(pieces[at] ?? '')) at += 1;
  return at;
}

/** Past every `.name` and `[n]` that follows; spaces may stand between. */
function endOfPath(pieces: readonly string[], from: number): number {
  const at = skipSpace(pieces, from);
  if (pieces[at] === '.') return endOfPath(pieces, skipSpace(pieces, at + 1) + 1);
  if (pieces[at] === '[')
    return endOfPath(pieces, skipSpace(pieces, skipSpace(pieces, at + 1) + 1) + 1);
  return from;
}

/** The top-level attributes that an expression names. */
export function attributesIn(text: string | undefined, names: Names = {}): ReadonlySet<string> {
  if (text === undefined) return new Set();
  return new Set(pathsOf(piecesOf(text), names).map((path) => path.attribute));
}

/**
 * The expression with each path that starts from one of `attributes` replaced. Equal paths get equal
 * replacements and different ones different, since the service wants the operands of a comparison
 * to be distinct.
 */
export function replacePaths(
  text: string,
  options: {
    readonly names: Names;
    readonly attributes: ReadonlySet<string>;
    readonly replacement: (distinct: number) => string;
  },
): string {
  const pieces = piecesOf(text);
  const seen: string[] = [];
  let result = '';
  let copied = 0;
  for (const path of pathsOf(pieces, options.names)) {
    if (!options.attributes.has(path.attribute)) continue;
    if (!seen.includes(path.text)) seen.push(path.text);
    result += pieces.slice(copied, path.from).join('');
    result += options.replacement(seen.indexOf(path.text));
    copied = path.to;
  }
  return result + pieces.slice(copied).join('');
}

/**
 * The expression in exactly one pair of parentheses: the service refuses a second pair around the
 * same thing as redundant.
 */
export function parenthesized(text: string): string {
  return isEnclosed(text.trim()) ? text.trim() : `(${text})`;
}

function isEnclosed(text: string): boolean {
  if (!text.startsWith('(')) return false;
  let depth = 0;
  for (const [index, letter] of [...text].entries()) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (depth === 0) return index === [...text].length - 1;
  }
  return false;
}

/** Puts an action first into the clause of an update expression, or adds the clause. */
export function withAction(
  expression: string | undefined,
  { clause, action }: { readonly clause: 'SET' | 'REMOVE'; readonly action: string },
): string {
  if (expression === undefined) return `${clause} ${action}`;
  const pieces = [...piecesOf(expression)];
  const at = pieces.findIndex((piece) => piece.toUpperCase() === clause);
  if (at === -1) return `${expression} ${clause} ${action}`;
  pieces[at] = `${pieces[at]} ${action},`;
  return pieces.join('');
}

/**
 * The start of our placeholders: no placeholder of the user's begins with it, so none can collide.
 */
export function freshStem(
  ...placeholders: readonly (Readonly<Record<string, unknown>> | undefined)[]
): string {
  const taken = placeholders.flatMap((map) => Object.keys(map ?? {}).map((key) => key.slice(1)));
  let stem = 'tenure';
  while (taken.some((key) => key.startsWith(stem))) stem += '_';
  return stem;
}
