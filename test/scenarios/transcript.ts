/**
 * The result of a scenario: lines that say which actor did what and when, in words for a newcomer.
 */
import type { LeaseRecord } from '../../lib/core/lease/record.ts';
import type { JournalEvent } from '../../lib/ports.ts';

export interface Transcript {
  say(who: string, what: string): void;
  readonly text: string;
}

const HEADING = ' seconds  who    what';

export function createTranscript(nowMs: () => number): Transcript {
  const lines = [HEADING];
  return {
    say(who, what) {
      const seconds = (nowMs() / 1000).toFixed(3);
      lines.push(`${seconds.padStart(8)}  ${who.padEnd(5)}  ${what}`);
    },
    get text() {
      return `${lines.join('\n')}\n`;
    },
  };
}

export function shown(record: LeaseRecord | undefined): string {
  if (record === undefined) return 'no record';
  return `token ${record.token} of ${record.holder?.split('/')[0] ?? 'nobody'}`;
}

export function narrate(event: JournalEvent): string {
  const token = 'token' in event && event.token !== undefined ? ` ${event.token}` : '';
  const why = 'why' in event ? `, ${event.why}` : '';
  const left = 'remainingMs' in event ? `, ${event.remainingMs.toFixed(0)} ms left` : '';
  const released = 'released' in event ? (event.released ? ', released' : ', not released') : '';
  const error = event.event === 'error' ? `: ${messageOf(event.error)}` : '';
  return `* ${event.event}${token}${why}${left}${released}${error}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
