import { Writable } from 'node:stream';
import { Logger } from '@aws-lambda-powertools/logger';
import pino from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import winston from 'winston';
import { structuredLogs } from '../../lib/cloudwatch/index.ts';
import { UnreachableError } from '../../lib/errors.ts';
import type { JournalEvent } from '../../lib/ports.ts';
import { EVERY_EVENT, eventOf } from '../support/journal-events.ts';

const LOST = eventOf({ event: 'lost', token: 7n, why: 'lapsed' });

/** A stream that keeps the lines of JSON that were written to it. */
function collecting() {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const lines = () =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
  return { stream, lines };
}

afterEach(() => {
  vi.restoreAllMocks();
});

function linesOf(
  events: readonly JournalEvent[],
  options: Parameters<typeof structuredLogs>[0] = {},
): readonly Record<string, unknown>[] {
  const lines: string[] = [];
  const journal = structuredLogs({ ...options, write: (line) => lines.push(line) });
  for (const event of events) journal.record(event);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('structured logs', () => {
  it('write one JSON object for each event, with its level, time, words and fields', () => {
    expect(linesOf([eventOf({ event: 'lost', token: 7n, why: 'lapsed' })])).toEqual([
      {
        level: 'WARN',
        timestamp: '2026-01-01T00:00:00.000Z',
        message: 'lost term 7: lapsed',
        event: 'lost',
        election: 'nightly',
        candidateId: 'a/1',
        atEpochMs: 1_767_225_600_000,
        token: '7',
        why: 'lapsed',
      },
    ]);
  });

  it('leave out renewals unless asked for them', () => {
    const written = (level: 'debug' | 'info' | 'warn') =>
      linesOf(EVERY_EVENT, { level }).map(({ event }) => event);

    expect(written('debug')).toEqual(EVERY_EVENT.map(({ event }) => event));
    expect(written('info')).toEqual(
      EVERY_EVENT.map(({ event }) => event).filter((event) => event !== 'renewed'),
    );
    expect(written('warn')).toEqual(['lost', 'stuck', 'fence-rejected', 'error']);
  });

  it('write tokens as texts, which no reader rounds', () => {
    const token = 18_849_496_460_467_696_641n;

    const [line] = linesOf([eventOf({ event: 'resigned', token, released: true })]);

    expect(line?.token).toBe('18849496460467696641');
  });

  it('say the name, code and message of an error', () => {
    const [line] = linesOf([eventOf({ event: 'error', error: new UnreachableError('no answer') })]);

    expect(line).toMatchObject({
      level: 'ERROR',
      errorName: 'UnreachableError',
      errorCode: 'UNREACHABLE',
      errorMessage: 'no answer',
    });
  });

  it('go through a Powertools logger with its own keys and level', () => {
    const logger = new Logger({ serviceName: 'orders', logLevel: 'INFO' });
    const lines: Record<string, unknown>[] = [];
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        lines.push(JSON.parse(String(chunk)));
        return true;
      });
    }
    const journal = structuredLogs({ logger });

    for (const event of EVERY_EVENT) journal.record(event);

    expect(lines).toContainEqual(
      expect.objectContaining({ service: 'orders', event: 'elected', token: '7', level: 'INFO' }),
    );
    expect(lines.map(({ event }) => event)).not.toContain('renewed');
  });

  it('go through Pino with all fields, a child of it among them', () => {
    const { stream, lines } = collecting();
    const logger = pino({ level: 'info' }, stream);

    structuredLogs({ logger }).record(eventOf({ event: 'lost', token: 7n, why: 'lapsed' }));
    structuredLogs({ logger: logger.child({ request: 'r1' }) }).record(LOST);

    const fields = {
      level: 40,
      msg: 'lost term 7: lapsed',
      event: 'lost',
      token: '7',
      why: 'lapsed',
    };
    expect(lines()).toMatchObject([fields, { ...fields, request: 'r1' }]);
  });

  it('go through Winston with all fields', () => {
    const { stream, lines } = collecting();
    const transports = [new winston.transports.Stream({ stream })];
    const logger = winston.createLogger({ format: winston.format.json(), transports });

    structuredLogs({ logger }).record(LOST);

    expect(lines()).toMatchObject([
      { level: 'warn', message: 'lost term 7: lapsed', event: 'lost', token: '7', why: 'lapsed' },
    ]);
  });

  it('go through console, which any of the levels may be replaced in', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});

    structuredLogs({ logger: console }).record(LOST);

    expect(warn.mock.calls).toMatchObject([['lost term 7: lapsed', { event: 'lost', token: '7' }]]);
  });

  it('refuse an option or level that is not known', () => {
    expect(() => structuredLogs({ loger: undefined } as object)).toThrow(/option loger/);
    expect(() => structuredLogs({ level: 'loud' as 'info' })).toThrow(/level must be one of/);
  });
});
