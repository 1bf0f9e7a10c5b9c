/**
 * What a checkpoint keeps: a state as JSON text, beside the number of its schema.
 *
 * Decides what may be kept: plain JSON, since anything else would come back changed. Decides which
 * stored states may be read. It knows no table.
 */
import { MalformedDataError, TenureError, TooLargeError } from '../../errors.ts';

/**
 * DynamoDB's limit of 400 KB for a row, less room for the key (3 KB at most), the stamp and the
 * attributes of the checkpoint itself.
 */
export const CHECKPOINT_BYTES_MAX = 400 * 1024 - 4 * 1024;

/** Deeper nesting is a mistake, and would overflow the stack of the code that walks it. */
const LEVELS_MAX = 500;

export interface StateFormat<T> {
  /** The version that `save` writes. A whole number from 1. */
  readonly schemaVersion: number;
  /**
   * Checks and returns a stored state. Gets the version that the state was written with, which is
   * at most `schemaVersion`, so that it can bring an older state up to date. Throw to refuse the
   * state.
   */
  readonly parse: (state: unknown, schemaVersion: number) => T;
}

/** @throws MalformedDataError, TooLargeError */
export function stateText(state: unknown): string {
  const problem = jsonProblem(state, 'state', []);
  if (problem !== undefined) {
    throw new MalformedDataError(
      `a checkpoint must be plain JSON, so that it comes back as it was: ${problem}; convert it`,
    );
  }
  const text = JSON.stringify(state);
  const bytes = Buffer.byteLength(text);
  if (bytes <= CHECKPOINT_BYTES_MAX) return text;
  throw new TooLargeError(
    `a checkpoint must be at most ${CHECKPOINT_BYTES_MAX} bytes of JSON (a row of DynamoDB holds ` +
      `400 KB), got ${bytes}; keep the bulk elsewhere and its address here`,
  );
}

/** @throws MalformedDataError, TenureError with code UNSUPPORTED_FORMAT */
export function stateFrom<T>(
  stored: { readonly text: string; readonly schemaVersion: number; readonly resource: string },
  format: StateFormat<T>,
): T {
  const { schemaVersion, resource } = stored;
  if (schemaVersion > format.schemaVersion) {
    throw new TenureError(
      'UNSUPPORTED_FORMAT',
      `the checkpoint at ${resource} has schemaVersion ${schemaVersion}, this code knows up to ` +
        `${format.schemaVersion}; deploy the newer code before it leads`,
    );
  }
  try {
    return format.parse(JSON.parse(stored.text), schemaVersion);
  } catch (cause) {
    throw new MalformedDataError(
      `the checkpoint at ${resource} (schemaVersion ${schemaVersion}) was not accepted by parse; ` +
        'it is left as it is: repair it, or teach parse to read it',
      { cause },
    );
  }
}

/**
 * The first problem, with the path to it. As in JSON, `undefined` properties are left out and -0 is
 * 0.
 */
function jsonProblem(value: unknown, path: string, above: readonly unknown[]): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  }
  if (typeof value !== 'object') return `${path} is of type ${typeof value}`;
  if (above.includes(value)) return `${path} contains itself`;
  if (above.length >= LEVELS_MAX) return `state is nested more than ${LEVELS_MAX} deep`;
  const within = [...above, value];
  if (Array.isArray(value)) return listProblem(value, path, within);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `${path} is ${classOf(value)}`;
  const hidden = unkept(value, path, (name) =>
    Object.prototype.propertyIsEnumerable.call(value, name),
  );
  if (hidden !== undefined) return hidden;
  return firstProblem(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => jsonProblem(item, `${path}.${name}`, within)),
  );
}

function listProblem(
  list: readonly unknown[],
  path: string,
  within: readonly unknown[],
): string | undefined {
  const isPlace = (name: string) => name === 'length' || PLACE.test(name);
  // Not by map(), which passes over holes: JSON would fill them with null.
  return (
    unkept(list, path, isPlace) ??
    firstProblem(Array.from(list, (item, at) => jsonProblem(item, `${path}[${at}]`, within)))
  );
}

const PLACE = /^(0|[1-9]\d*)$/;

/** A property that JSON would leave out without an error. */
function unkept(
  value: object,
  path: string,
  isKept: (name: string) => boolean,
): string | undefined {
  const key = Reflect.ownKeys(value).find((name) => typeof name === 'symbol' || !isKept(name));
  if (key === undefined) return undefined;
  return `${path} has the property ${String(key)}, which JSON leaves out`;
}

function classOf(value: object): string {
  const { constructor: made } = value as { readonly constructor?: { readonly name?: unknown } };
  return typeof made?.name === 'string' ? `a ${made.name}` : 'of a class of its own';
}

function firstProblem(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}
