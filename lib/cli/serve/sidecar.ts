/**
 * `tenure serve`, from an election to an exit code: campaigns, answers, and campaigns again.
 *
 * The library elects, as for any user of it. A program that has resigned is not elected again for a
 * lease. Otherwise this candidate would be the first to see the vacancy that it has just made.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createHealth } from '../../health/index.ts';
import {
  combineJournals,
  createElection,
  type JournalEvent,
  timingsWithDefaults,
} from '../../index.ts';
import { type EventLine, lineOf } from '../command/event-lines.ts';
import { checkQueue } from '../command/queue-check.ts';
import { JOIN_ALLOWANCE_MS, mechanismOf } from '../command/run-while-leading.ts';
import { checkStore } from '../command/store-check.ts';
import {
  clientOf,
  type StoreOptions,
  type TimingOptions,
  timingsOf,
} from '../election/store-options.ts';
import { type Address, listening } from './listening.ts';
import { createServedTerm } from './served-term.ts';
import { createTermServer } from './term-server.ts';

export interface SidecarOptions extends StoreOptions, TimingOptions {
  readonly candidate?: string;
  readonly queue?: string;
  readonly port?: number;
  readonly socket?: string;
}

/**
 * Resolves when `stop` has aborted and the role is released. @throws an error that ends the
 * campaign.
 */
export async function serveElection(request: {
  readonly election: string;
  readonly options: SidecarOptions;
  readonly stop: AbortSignal;
  /** Ends the announcement of a leader that is to stop. */
  readonly stopNow: AbortSignal;
  readonly ready: (address: Address) => void;
}): Promise<void> {
  const { election: name, options, stop, stopNow } = request;
  const { drainMs } = timingsWithDefaults(timingsOf(options));
  const clock = { now: () => ({ monotonicMs: performance.now(), epochMs: Date.now() }) };
  const term = createServedTerm({ drainMs, clock });
  const health = createHealth({ clock });
  const told = createTold();
  const via = await mechanismOf(options);
  const election = createElection({
    name,
    via,
    timings: { ...timingsOf(options), drainMs: drainMs + JOIN_ALLOWANCE_MS },
    candidatePrefix: options.candidate,
    registration: via.kind === 'lease' ? {} : undefined,
    journal: combineJournals(health.journal, told),
  });
  if (via.kind === 'lease') await lookAtStore(name, options, stop);
  else await checkQueue({ via, election: name, timings: election.timings, stop });
  let over = Promise.resolve();
  const state = { term, health, leader: told.leader, follow: told.follow, released: () => over };
  await using server = await listening(createTermServer(state), options);
  request.ready(server);
  while (!stop.aborted) {
    const led = election.leadWhile(term.work, { signal: stop, stopNow });
    over = led.then(noResult, noResult);
    await led;
    if (!stop.aborted) await pause(election.timings.leaseDurationMs, stop);
  }
}

const noResult = () => undefined;
const pause = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(noResult);

async function lookAtStore(
  election: string,
  options: SidecarOptions,
  stop: AbortSignal,
): Promise<void> {
  const { table, endpoint, attributeNames } = options;
  const client = clientOf(options);
  try {
    await checkStore({ client, table, endpoint, attributeNames, election, stop });
  } finally {
    client.destroy();
  }
}

/** What the journal has told: the events for followers, and who leads. */
function createTold() {
  const listeners = new Set<(line: EventLine) => void>();
  let leader: Leader = 'nobody';
  return {
    leader: () => (leader === 'nobody' ? undefined : leader),
    follow(listener: (line: EventLine) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    record(event: JournalEvent) {
      leader = leaderAfter(leader, event);
      const line = lineOf(event);
      if (line !== undefined) for (const listener of listeners) listener(line);
    },
  };
}

type Leader = { readonly candidateId: string; readonly token: string } | 'nobody';

function leaderAfter(leader: Leader, event: JournalEvent): Leader {
  switch (event.event) {
    case 'standby':
    case 'outrun':
      return event.holder === undefined || event.token === undefined
        ? 'nobody'
        : { candidateId: event.holder, token: String(event.token) };
    case 'elected':
      return { candidateId: event.candidateId, token: String(event.token) };
    case 'resigned':
    case 'lost':
      return 'nobody';
    case 'renewed':
    case 'draining':
    case 'stuck':
    case 'fence-rejected':
    case 'error':
    // Events of a group, which a sidecar does not serve.
    case 'joined':
    case 'heartbeat':
    case 'planned':
    case 'deposed':
    case 'overdue':
    case 'gone':
      return leader;
  }
}
