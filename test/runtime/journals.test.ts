import { expect, it } from 'vitest';
import { combineJournals, createElection, UnreachableError } from '../../lib/index.ts';
import type { JournalEvent } from '../../lib/ports.ts';
import { createReporter, silentJournal } from '../../lib/runtime/journal/report.ts';
import { collectingJournal, manualClock, memoryLease } from '../../lib/testing/index.ts';
import { EVERY_EVENT, eventOf } from '../support/journal-events.ts';

it('tells each of several journals every event', () => {
  const one = collectingJournal();
  const other = collectingJournal();
  const both = combineJournals(one, other);

  for (const event of EVERY_EVENT) both.record(event);

  expect(one.events).toEqual(EVERY_EVENT);
  expect(other.events).toEqual(EVERY_EVENT);
});

it('keeps nothing from the others when one throws, and lets what it threw be known', () => {
  const thrown = new Error('disk full');
  const failing = {
    record() {
      throw thrown;
    },
  };
  const told: JournalEvent[] = [];
  const listening = { record: (event: JournalEvent) => void told.push(event) };
  const event = eventOf({ event: 'lost', token: 1n, why: 'lapsed' });

  expect(() => combineJournals(failing, listening, failing).record(event)).toThrow(AggregateError);
  expect(() => combineJournals(failing, listening).record(event)).toThrow(thrown);
  expect(told).toEqual([event, event]);
});

it('neither reads a clock nor builds an event when nobody listens', () => {
  const clock = {
    ...manualClock(),
    now() {
      throw new Error('the clock was read');
    },
  };
  const silent = createReporter({ election: 'x', journal: silentJournal, clock }, 'a');
  const heard = createReporter({ election: 'x', journal: collectingJournal(), clock }, 'a');

  expect(() => silent.lost(1n, 'lapsed')).not.toThrow();
  expect(() => heard.lost(1n, 'lapsed')).toThrow('the clock was read');
});

it('makes each event fit for JSON, with tokens as texts and errors in words', async () => {
  const lines: string[] = [];
  const journal = { record: (event: JournalEvent) => lines.push(JSON.stringify(event)) };
  const via = memoryLease();
  const clock = manualClock();
  const election = createElection({ name: 'e', via: { ...via, storeName: 't' }, clock, journal });

  await election.lead(async (term) => {
    const base = { election: 'e', candidateId: term.candidateId, atEpochMs: 0 };
    const error = new UnreachableError('no answer');
    term.journal.record({ ...base, event: 'error', token: term.token, error });
  });

  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.map(({ event }) => event)).toEqual(['elected', 'error', 'resigned']);
  expect(events[0]).toMatchObject({ election: 'e', store: 't', token: '1' });
  expect(events[1]).toEqual({
    ...{ event: 'error', election: 'e', store: 't', token: '1', atEpochMs: 0 },
    ...{ candidateId: election.candidateId, errorName: 'UnreachableError' },
    ...{ errorCode: 'UNREACHABLE', errorMessage: 'no answer' },
  });
});
