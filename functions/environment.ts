/**
 * The environment of every function and worker, parsed once, at start.
 *
 * Decides which variables there are and what each may hold; `infra/constructs/election/environment.ts` sets the
 * same. Everything that is wrong is named in one error, so that a deployment fails once and not six times.
 */
import { InvalidOptionsError, TIMING_VARIABLES, type Timings } from '../lib/index.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Reads variables, and collects what is wrong with them until `check` is called. */
export interface Reader {
  text(name: string): string;
  optionalText(name: string): string | undefined;
  /** Digits with an optional fraction; `least` is allowed. */
  number(name: string, limits: { readonly least: number; readonly default: number }): number;
  optionalNumber(name: string, limits: { readonly least: number }): number | undefined;
  choice<C extends string>(name: string, allowed: readonly [C, ...C[]]): C;
  /** @throws InvalidOptionsError naming every variable that is wrong. */
  check(): void;
}

/** What every entry point that elects needs. */
export interface ElectionEnvironment {
  readonly tableName: string;
  readonly election: string;
  /** What is left out holds the library's defaults. */
  readonly timings: Partial<Timings>;
}

export function electionEnvironment(read: Reader): ElectionEnvironment {
  const timings = Object.entries(TIMING_VARIABLES).flatMap(([timing, variable]) => {
    const value = read.optionalNumber(variable, { least: 0 });
    return value === undefined ? [] : [[timing, value] as const];
  });
  return {
    tableName: read.text('TENURE_TABLE'),
    election: read.text('TENURE_ELECTION'),
    timings: Object.fromEntries(timings),
  };
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
      if (problems.length > 0) throw new InvalidOptionsError(problems);
    },
  };
}
