/**
 * What is wrong with the options of an election, apart from its timings.
 */
import type { ElectionOptions } from './election.ts';

const NAME_CHARACTERS_MAX = 200;
const PREFIX_CHARACTERS_MAX = 100;
/** Keeps the record under 1 KB, which is one write unit for each renewal. */
const ATTRIBUTES_BYTES_MAX = 300;

const KNOWN: ReadonlySet<string> = new Set<keyof ElectionOptions>([
  'name',
  'via',
  'timings',
  'candidatePrefix',
  'attributes',
  'healthy',
  'registration',
  'journal',
  'clock',
  'random',
]);

export function optionProblems(options: ElectionOptions): readonly string[] {
  const unknown = Object.keys(options).filter((option) => !KNOWN.has(option));
  return [
    ...unknown.map(
      (option) => `option ${option} is not known; allowed are ${[...KNOWN].join(', ')}`,
    ),
    ...textProblems('name', options.name, NAME_CHARACTERS_MAX),
    ...textProblems(
      'candidatePrefix',
      options.candidatePrefix ?? 'candidate',
      PREFIX_CHARACTERS_MAX,
    ),
    ...mechanismProblems(options.via),
    ...attributeProblems(options.attributes),
    ...registrationProblems(options),
  ];
}

const FACT_CHARACTERS_MAX = 100;

function registrationProblems({ registration, via }: ElectionOptions): string[] {
  if (registration === undefined) return [];
  if (via?.kind === 'baton') {
    return ['registration needs a table, got a baton; leave it out or elect via dynamoDbLease'];
  }
  const { score, zone, version } = registration;
  const problems: string[] = [];
  if (score !== undefined && typeof score !== 'function' && !Number.isFinite(score)) {
    problems.push(`registration.score must be a number or a function, got ${score}; give a number`);
  }
  for (const [name, text] of Object.entries({ zone, version })) {
    if (text !== undefined) {
      problems.push(...textProblems(`registration.${name}`, text, FACT_CHARACTERS_MAX));
    }
  }
  return problems;
}

/** What is wrong with a name that becomes part of a key; used by everything that names an election. */
export function textProblems(what: string, text: unknown, charactersMax: number): string[] {
  if (typeof text !== 'string' || text === '') {
    return [
      `${what} must be a text of 1 to ${charactersMax} characters, got ${String(text) || "''"}; name it`,
    ];
  }
  if (text.length > charactersMax) {
    return [
      `${what} must have at most ${charactersMax} characters, got ${text.length}; shorten it`,
    ];
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) {
    return [`${what} must have no control characters, got ${JSON.stringify(text)}; take them out`];
  }
  return [];
}

function mechanismProblems(via: unknown): string[] {
  const kind = (via as { kind?: unknown } | undefined)?.kind;
  if (kind === 'lease' || kind === 'baton') return [];
  return ['via must be what dynamoDbLease() or sqsBaton() returns; pass one of them'];
}

function attributeProblems(attributes: ElectionOptions['attributes']): string[] {
  if (attributes === undefined) return [];
  const odd = Object.entries(attributes).filter(([, value]) => typeof value !== 'string');
  if (odd.length > 0) {
    return [
      `attributes must be texts, got ${odd.map(([key]) => key).join(', ')}; turn them into texts`,
    ];
  }
  const bytes = new TextEncoder().encode(JSON.stringify(attributes)).length;
  if (bytes <= ATTRIBUTES_BYTES_MAX) return [];
  return [
    `attributes must have at most ${ATTRIBUTES_BYTES_MAX} bytes as JSON, got ${bytes}; shorten them`,
  ];
}
