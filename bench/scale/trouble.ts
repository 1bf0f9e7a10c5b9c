/**
 * The part `trouble`: what candidates ask of a store that is gone, and how often a healthy leader loses
 * its role to a store that errs now and then.
 *
 * The store answers nothing but errors, then nothing at all; each time it is counted what leader and
 * standby send until it is back, and how long it takes from then to the first admitted write. For
 * `errors`, one request in a hundred is answered with status 500, half of these after it was applied;
 * nobody dies, so that every change of leader, and every stretch of a renew interval without a write, is
 * a false fail-over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../test/support/network/fault-proxy.ts';
import { machineMs } from '../fail-over/program.ts';
import type { Resource } from '../fail-over/resource.ts';
import { startStore } from '../fail-over/stores.ts';
import { buildPrograms, type System } from '../fail-over/systems.ts';
import { type Member, type Pair, pricedSystems, type Stores, startPair, TIMINGS } from '../pair.ts';

export interface TroubleSettings {
  readonly systems: readonly string[];
  readonly outageMs: number;
  /** Elections side by side, and how long each is led. */
  readonly pairs: number;
  readonly errorsMs: number;
}

export const ERROR_SHARE = 0.01;

const OUTAGES = {
  errors: { direction: 'requests', kind: 'error', status: 500, type: 'InternalServerError' },
  silence: { direction: 'requests', kind: 'black-hole' },
} as const satisfies Record<string, Fault>;
type Outage = keyof typeof OUTAGES;

/** Requests an hour. */
export interface Rates {
  readonly leader: number;
  readonly standby: number;
}

export interface OutageFigures {
  readonly name: string;
  readonly title: string;
  readonly steady: Rates;
  readonly outages: Readonly<Record<Outage, Rates & { readonly recoveredMs: number | undefined }>>;
}

export interface ErrorFigures {
  readonly name: string;
  readonly title: string;
  readonly requests: number;
  readonly errors: number;
  readonly falseFailOvers: number;
}

/** One of each kind of protocol: what differs only in its clock or its hints renews alike. */
const WITH_ERRORS = ['tenure-lease', 'tenure-baton', 'dynamodb-lock-client', 'client-go-loop'];

export async function trouble({ systems, outageMs, pairs, errorsMs }: TroubleSettings) {
  await buildPrograms();
  await using dynamoDb = await startStore('dynamodb');
  await using sqs = await startStore('sqs');
  const stores = { dynamoDb, sqs };
  const chosen = pricedSystems(systems);
  process.stderr.write(`trouble: outages of ${outageMs / 1_000} s…\n`);
  const outages = await Promise.all(chosen.map((system) => sitOut(system, stores, outageMs)));
  const errors: ErrorFigures[] = [];
  for (const system of chosen.filter(({ name }) => WITH_ERRORS.includes(name))) {
    process.stderr.write(`trouble: errors, ${system.title}…\n`);
    errors.push(await err(system, stores, { pairs, forMs: errorsMs }));
  }
  return { ...TIMINGS, outageMs, pairs, errorsMs, errorShare: ERROR_SHARE, outages, errors };
}

const anHour = (count: number, forMs: number): number => (count * 3_600_000) / forMs;

async function ratesOver(
  { leader, standby }: Pair,
  forMs: number,
): Promise<{ readonly leader: number; readonly standby: number }> {
  const sinceMs = performance.now();
  await sleep(forMs);
  const rate = (of: Member) => anHour(of.exchanges(sinceMs).length, performance.now() - sinceMs);
  return { leader: rate(leader), standby: rate(standby) };
}

async function sitOut(system: System, stores: Stores, outageMs: number): Promise<OutageFigures> {
  await using pair = await startPair(system, stores);
  const steady = await ratesOver(pair, outageMs);
  const through = async (outage: Outage) => {
    const heals = [pair.leader, pair.standby].map((one) => one.inject(OUTAGES[outage]));
    const rates = await ratesOver(pair, outageMs);
    const healedAtMs = machineMs();
    const back = pair.resource.next(({ sentAtMs }) => sentAtMs > healedAtMs);
    for (const heal of heals) heal();
    const first = await Promise.race([back, sleep(outageMs, undefined, { ref: false })]);
    return { ...rates, recoveredMs: first && first.arrivedAtMs - healedAtMs };
  };
  const errors = await through('errors');
  // Steady again, as after a start.
  await sleep(2 * TIMINGS.leaseDurationMs);
  const silence = await through('silence');
  const { name, title } = system;
  return { name, title, steady, outages: { errors, silence } };
}

async function err(
  system: System,
  stores: Stores,
  { pairs, forMs }: { readonly pairs: number; readonly forMs: number },
): Promise<ErrorFigures> {
  const running = await Promise.all(Array.from({ length: pairs }, () => startPair(system, stores)));
  const sinceMs = performance.now();
  const members = running.flatMap(({ leader, standby }) => [leader, standby]);
  let errors = 0;
  const sometimes = () => {
    const hit = Math.random() < ERROR_SHARE / 2;
    if (hit) errors += 1;
    return hit;
  };
  for (const one of members) {
    for (const direction of ['requests', 'answers'] as const) {
      one.inject({ ...OUTAGES.errors, direction, when: sometimes });
    }
  }
  for (const { resource } of running) resource.forget();
  await sleep(forMs);
  const figures = {
    requests: members.reduce((sum, one) => sum + one.exchanges(sinceMs).length, 0),
    errors,
    falseFailOvers: running.reduce((sum, { resource }) => sum + breaksOf(resource), 0),
  };
  await Promise.all(running.map((pair) => pair[Symbol.asyncDispose]()));
  const { name, title } = system;
  return { name, title, ...figures };
}

/** How often somebody else went on, or the same one with another token or after a renew interval. */
export function breaksOf({ writes }: Resource): number {
  const admitted = writes.filter((write) => write.admitted);
  return admitted.filter((write, n) => {
    const before = admitted[n - 1];
    if (before === undefined) return false;
    const gapMs = write.arrivedAtMs - before.arrivedAtMs;
    return (
      write.candidate !== before.candidate ||
      write.token !== before.token ||
      gapMs > TIMINGS.renewIntervalMs
    );
  }).length;
}
