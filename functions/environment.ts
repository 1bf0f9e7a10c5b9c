/**
 * The environment of the functions and the worker of this folder, parsed once, at start.
 *
 * `electionFromEnvironment` reads the election's own variables; this file reads those of the
 * stand-in for work. One error names everything that is wrong.
 */
import {
  type ElectionEnvironment,
  electionFromEnvironment,
  InvalidOptionsError,
  type Variables,
} from '../lib/index.ts';

/** Reads variables, and collects what is wrong with them until `check` is called. */
export interface Reader {
  /** What the constructs set: the election, its table, its timings. */
  election(): ElectionEnvironment;
  text(name: string): string;
  optionalText(name: string): string | undefined;
  /** Digits with an optional fraction; `least` is allowed. */
  number(name: string, limits: { readonly least: number; readonly default: number }): number;
  optionalNumber(name: string, limits: { readonly least: number }): number | undefined;
  choice<C extends string>(name: string, allowed: readonly [C, ...C[]]): C;
  /** @throws InvalidOptionsError naming every variable that is wrong. */
  check(): void;
}

/** Parses with `parse`, then throws where anything was wrong. */
export function parseEnvironment<T>(variables: Variables, parse: (read: Reader) => T): T {
  const read = reader(variables);
  const parsed = parse(read);
  read.check();
  return parsed;
}

function reader(variables: Variables): Reader {
  const problems: string[] = [];
  const given = (name: string) => variables[name]?.trim() || undefined;
  const optionalNumber: Reader['optionalNumber'] = (name, { least }) => {
    const text = given(name);
    if (text === undefined) return undefined;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && Number.isFinite(value)) return value;
    problems.push(
      `${name} must be a number of at least ${least}, got ${JSON.stringify(text)}; correct it`,
    );
    return undefined;
  };
  return {
    election: () => electionOf(variables, problems),
    text(name) {
      const text = given(name);
      if (text === undefined) problems.push(`${name} must be set, got nothing; set it`);
      return text ?? '';
    },
    optionalText: given,
    number: (name, limits) => optionalNumber(name, limits) ?? limits.default,
    optionalNumber,
    choice(name, allowed) {
      const text = given(name) ?? allowed[0];
      const chosen = allowed.find((choice) => choice === text);
      if (chosen === undefined) {
        problems.push(`${name} must be one of ${allowed.join(', ')}, got ${text}; choose one`);
      }
      return chosen ?? allowed[0];
    },
    check() {
      if (problems.length > 0) throw new InvalidOptionsError([...new Set(problems)]);
    },
  };
}

/** The problem joins the others. The value returned here is never used, since `check` throws. */
function electionOf(variables: Variables, problems: string[]): ElectionEnvironment {
  try {
    return electionFromEnvironment(variables);
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error;
    problems.push(...error.problems);
    const nothing = {
      attributeNames: undefined,
      candidatePrefix: undefined,
      stopTimeoutMs: undefined,
    };
    return { name: '', tableName: '', timings: {}, ...nothing };
  }
}
