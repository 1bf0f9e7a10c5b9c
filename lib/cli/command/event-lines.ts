/**
 * What `tenure run` writes to file descriptor 2: with `--json` one object a line, otherwise a line
 * of words.
 *
 * Decides the words only; the journal decides what happens. A reader needs no line for a renewal.
 */
import type { WillReport } from '../../guard/index.ts';
import { formatToken, isTenureError, type Journal, type JournalEvent } from '../../index.ts';
import { painted, rendered } from '../terminal/line.ts';
import { isDebugged, lastWords, messageOf, STDERR } from '../terminal/terminal.ts';
import { visible } from '../terminal/visible.ts';
import { type EventStream, openEventStream } from './event-stream.ts';

/** A line of `--json`, in the order in which the fields are written. */
export interface EventLine {
  readonly event:
    | Exclude<
        JournalEvent['event'],
        'outrun' | 'stuck' | 'fence-rejected' | 'heartbeat' | 'overdue'
      >
    | 'error';
  readonly election: string;
  readonly partition?: number | undefined;
  readonly candidateId?: string | undefined;
  readonly token?: string | undefined;
  readonly atEpochMs: number;
  readonly holder?: string | undefined;
  readonly latencyMs?: number;
  readonly why?: string;
  /** The version of a group's plan, and how many partitions it gives to another member. */
  readonly plan?: number;
  readonly moves?: number;
  readonly code?: string | undefined;
  readonly message?: string;
}

/** What `tenure run` tells: each event as it happens, and what goes wrong beside the election. */
export interface EventTeller extends Journal {
  /** An error that is no event of the journal's. */
  failed(about: { readonly election: string; readonly error: unknown }): void;
  /** Resolves once all lines are written, or once no reader has read for a second. */
  close(): Promise<void>;
}

export function openEventTeller({ json }: { readonly json: boolean }): EventTeller {
  const tell = json ? objects() : words();
  return { record: tell.event, failed: tell.failure, close: () => tell.stream.close() };
}

interface Telling {
  readonly stream: EventStream;
  event(event: JournalEvent): void;
  failure(about: { readonly election: string; readonly error: unknown }): void;
}

function objects(): Telling {
  const stream = openEventStream({ dropped: (count) => JSON.stringify(droppedLine(count)) });
  const write = (line: object | undefined) => line && stream.write(visible(JSON.stringify(line)));
  return {
    stream,
    event: (event) => write(lineOf(event)),
    failure: (about) => write(failureLine(about)),
  };
}

function words(): Telling {
  const said = (text: string) => rendered([painted('dim', 'tenure:'), ` ${text}`], STDERR);
  const stream = openEventStream({ dropped: (count) => said(droppedLine(count).message) });
  const write = (text: string | undefined) => text && stream.write(said(text));
  return {
    stream,
    event: (event) => write(textOf(event)),
    failure: ({ error }) => {
      write(lastWords(error));
      if (isDebugged() && error instanceof Error) stream.write(String(error.stack));
    },
  };
}

function droppedLine(count: number) {
  const message = `${count} events were dropped while nobody read file descriptor 2`;
  return { event: 'error', atEpochMs: Date.now(), code: 'EVENTS_DROPPED', message };
}

/** The error that ends the program, in the form of an event. */
function failureLine(about: { election: string; error: unknown }): EventLine {
  const { election, error } = about;
  return { event: 'error', election, atEpochMs: Date.now(), ...wordsOf(error) };
}

/** What a guardian says of a last will, with `--json`. */
export function willLine({ will, outcome, tookMs }: WillReport): string {
  const { election, candidateId, token } = will;
  const base = { event: 'last-will', election, candidateId, token, atEpochMs: Date.now() };
  return JSON.stringify({ ...base, outcome, tookMs: Math.round(tookMs) });
}

/** The event as a line, or `undefined` where it has none of its own. */
export function lineOf(event: JournalEvent): EventLine | undefined {
  const { election, candidateId, atEpochMs, partition } = event;
  const of = partition === undefined ? {} : { partition };
  const base = { event: event.event, election, ...of, candidateId };
  switch (event.event) {
    case 'standby':
      return { ...base, event: event.event, ...tokenOf(event), atEpochMs, holder: event.holder };
    case 'elected':
      return { ...base, event: event.event, ...tokenOf(event), atEpochMs };
    case 'renewed': {
      const latencyMs = Math.round(event.latencyMs * 10) / 10;
      return { ...base, event: event.event, ...tokenOf(event), atEpochMs, latencyMs };
    }
    case 'draining':
    case 'resigned':
      return { ...base, event: event.event, ...tokenOf(event), atEpochMs };
    case 'lost':
      return { ...base, event: event.event, ...tokenOf(event), atEpochMs, why: event.why };
    case 'error':
      return {
        ...base,
        event: event.event,
        ...tokenOf(event),
        atEpochMs,
        ...wordsOf(event.error),
      };
    case 'stuck': {
      const message = `the command has not ended ${Math.round(event.waitedMs)} ms after being told to`;
      return {
        ...base,
        event: 'error',
        ...tokenOf(event),
        atEpochMs,
        code: 'WORK_STUCK',
        message,
      };
    }
    case 'joined':
      return { ...base, event: event.event, atEpochMs };
    case 'gone':
      return { ...base, event: event.event, atEpochMs, why: event.why };
    case 'planned': {
      const { version: plan, moves } = event;
      return { ...base, event: event.event, atEpochMs, plan, moves };
    }
    case 'deposed':
      return { ...base, event: event.event, atEpochMs, holder: event.member };
    case 'overdue':
      return { ...base, event: 'error', atEpochMs, holder: event.holder, message: overdue(event) };
    // A race that another candidate won shows as the standby event after it. A command has no fence
    // of this package. A heartbeat is no news of any partition.
    case 'outrun':
    case 'fence-rejected':
    case 'heartbeat':
      return undefined;
  }
}

function overdue({ election, holder, waitedMs }: Extract<JournalEvent, { event: 'overdue' }>) {
  return `${holder} has not handed over ${election} for ${Math.round(waitedMs)} ms`;
}

function tokenOf({ token }: { readonly token?: bigint | undefined }): { token?: string } {
  return token === undefined ? {} : { token: formatToken(token) };
}

function wordsOf(error: unknown): { code?: string; message: string } {
  const message = messageOf(error);
  return isTenureError(error) ? { code: error.code, message } : { message };
}

/** The event in words, or `undefined` where it is no news. */
export function textOf(event: JournalEvent): string | undefined {
  const { election } = event;
  switch (event.event) {
    case 'standby':
      return event.holder === undefined
        ? `nobody leads ${election}; waiting`
        : `${event.holder} leads ${election} (term ${event.token}); waiting`;
    case 'elected':
      return `leading ${election} (term ${event.token})`;
    case 'draining':
      return `resigning from ${election} (term ${event.token})`;
    case 'resigned':
      return event.released
        ? `released ${election} (term ${event.token})`
        : `could not release ${election} (term ${event.token}); the lease runs out by itself`;
    case 'lost':
      return `lost ${election} (term ${event.token}): ${event.why}`;
    case 'stuck':
      return `the command of term ${event.token} has not ended after ${Math.round(event.waitedMs)} ms`;
    case 'error':
      return messageOf(event.error);
    case 'joined':
      return `joined ${election} as ${event.candidateId}`;
    case 'gone':
      return `left ${election}: ${event.why}`;
    case 'planned':
      return `plan ${event.version} of ${election} moves ${event.moves} partitions`;
    case 'deposed':
      return `deposed ${event.member}, which was silent for its lease`;
    case 'overdue':
      return overdue(event);
    case 'renewed':
    case 'heartbeat':
    case 'outrun':
    case 'fence-rejected':
      return undefined;
  }
}
