/**
 * The journal as structured logs: one JSON object an event, through the user's own logger or as lines.
 *
 * Decides the level of each event. Renewals are `debug`: a leader writes one every few seconds.
 */
import { type EventFields, fieldsOf } from '../core/journal/event-fields.ts';
import { InvalidOptionsError } from '../errors.ts';
import { unknownOptions } from '../option-problems.ts';
import type { Journal, JournalEvent } from '../ports.ts';

/**
 * The methods of a logger that are used: those of `Logger` of `@aws-lambda-powertools/logger`,
 * Winston, Pino, `console`, or another like them. The message comes first; only Pino gets the
 * fields first.
 */
export interface StructuredLogger {
  debug(message: string, fields: Record<string, unknown>): unknown;
  info(message: string, fields: Record<string, unknown>): unknown;
  warn(message: string, fields: Record<string, unknown>): unknown;
  error(message: string, fields: Record<string, unknown>): unknown;
}

/** Pino takes the fields first, and loses those that follow a message. */
export interface FieldsFirstLogger {
  debug(fields: object, message?: string): unknown;
  info(fields: object, message?: string): unknown;
  warn(fields: object, message?: string): unknown;
  error(fields: object, message?: string): unknown;
}

/** The levels that a logger has. */
export type LogLevel = keyof StructuredLogger;

/** What `structuredLogs` takes. */
export interface StructuredLogsOptions {
  /** Your logger, which then decides levels and form. Default: lines of JSON. */
  readonly logger?: StructuredLogger | FieldsFirstLogger | undefined;
  /** Takes each line, without its line break. Default: standard output. */
  readonly write?: ((line: string) => void) | undefined;
  /** The lowest level that is written; a logger has its own. Default `info`: all but renewals. */
  readonly level?: LogLevel | undefined;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const KNOWN: ReadonlySet<string> = new Set<keyof StructuredLogsOptions>([
  'logger',
  'write',
  'level',
]);

/** @throws InvalidOptionsError for an unknown option or level. */
export function structuredLogs(options: StructuredLogsOptions = {}): Journal {
  const { logger, write = writeToStdout, level: lowest = 'info' } = options;
  const problems = unknownOptions(options, KNOWN);
  if (!LEVELS.includes(lowest)) {
    problems.push(`level must be one of ${LEVELS.join(', ')}, got ${String(lowest)}; name one`);
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  const rank = LEVELS.indexOf(lowest);
  return {
    record(event) {
      const level = levelOf(event);
      if (logger === undefined && LEVELS.indexOf(level) < rank) return;
      const fields = fieldsOf(event);
      const message = sentenceOf(event);
      if (logger !== undefined) return through(logger, level, message, fields);
      write(lineOf(level, message, fields));
    },
  };
}

/** The mark of every Pino logger, in every copy of Pino. */
const PINO_MARK = Symbol.for('pino.serializers');

const takesFieldsFirst = (logger: object): logger is FieldsFirstLogger => PINO_MARK in logger;

function through(
  logger: StructuredLogger | FieldsFirstLogger,
  level: LogLevel,
  message: string,
  fields: EventFields,
): void {
  if (takesFieldsFirst(logger)) logger[level]({ ...fields }, message);
  else (logger as StructuredLogger)[level](message, { ...fields });
}

/** The names that Powertools and Lambda's own JSON logs use for level, time and message. */
function lineOf(level: LogLevel, message: string, fields: EventFields): string {
  const timestamp = new Date(fields.atEpochMs as number).toISOString();
  return JSON.stringify({ level: level.toUpperCase(), timestamp, message, ...fields });
}

function levelOf(event: JournalEvent): LogLevel {
  switch (event.event) {
    case 'renewed':
    case 'heartbeat':
      return 'debug';
    case 'standby':
    case 'elected':
    case 'outrun':
    case 'draining':
    case 'resigned':
    case 'joined':
    case 'planned':
    case 'gone':
      return 'info';
    case 'lost':
    case 'fence-rejected':
    case 'deposed':
    case 'overdue':
      return 'warn';
    case 'stuck':
    case 'error':
      return 'error';
  }
}

function sentenceOf(event: JournalEvent): string {
  switch (event.event) {
    case 'standby':
      return event.holder === undefined ? 'waiting; nobody leads' : `waiting for ${event.holder}`;
    case 'elected':
      return `elected for term ${event.token}`;
    case 'outrun':
      return `another candidate was faster: ${event.holder ?? 'unknown'}`;
    case 'renewed':
      return `renewed term ${event.token}`;
    case 'draining':
      return `resigning from term ${event.token}; work drains`;
    case 'resigned':
      return event.released
        ? `released term ${event.token}`
        : `ended term ${event.token} without a confirmed release; its lease runs out`;
    case 'lost':
      return `lost term ${event.token}: ${event.why}`;
    case 'stuck':
      return `work of term ${event.token} has not settled ${Math.round(event.waitedMs)} ms after being told to stop`;
    case 'fence-rejected':
      return `a write with token ${event.token} was refused at ${event.resource}, which has admitted ${event.highestToken}`;
    case 'joined':
      return `joined group ${event.election}`;
    case 'heartbeat':
      return 'renewed the lease of this member';
    case 'planned':
      return `plan ${event.version} moves ${event.moves} partitions among ${event.members} members`;
    case 'deposed':
      return `deposed ${event.member}, which was silent for its lease`;
    case 'overdue':
      return `${event.holder} has not handed over for ${Math.round(event.waitedMs)} ms`;
    case 'gone':
      return `left group ${event.election}: ${event.why}`;
    case 'error':
      return event.error instanceof Error ? event.error.message : String(event.error);
  }
}

function writeToStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}
