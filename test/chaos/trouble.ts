/**
 * When things go wrong in a chaos run, and for whom: drawn from a seed, each kind of fault once before
 * any comes again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type SeededRandom, seeded } from '../simulation/shared/random.ts';
import { until } from '../support/until.ts';
import { FAULTS, type SeatFault } from './faults.ts';
import type { Crew, Seat } from './workers/crew.ts';
import { LEASE_MS_MAX } from './workers/ways.ts';

const FREEZE = 'frozen in mid-write';
const ENDS_TERMS: ReadonlySet<string> = new Set(['SIGKILL', 'SIGSTOP', FREEZE]);

const LAST_LINES = 40;

export interface Trouble {
  readonly crew: Crew;
  readonly seed: number;
  /** It takes longer where not every kind of fault has had its turn. */
  readonly durationMs: number;
  /** Told of each fault as it strikes. */
  readonly struck: (kind: string) => void;
}

/** Lets things go wrong one after the other, and heals each before the next. */
export async function trouble({ crew, seed, durationMs, struck }: Trouble): Promise<void> {
  const random = seeded(seed);
  const untilMs = Date.now() + durationMs;
  for (const fault of shuffled(FAULTS, random)) {
    struck(fault.kind);
    await first(fault, crew, random);
  }
  while (Date.now() < untilMs) {
    for (const fault of shuffled(FAULTS, random)) {
      if (Date.now() >= untilMs) return;
      struck(fault.kind);
      const lastsMs = random.between(100, random.chance(0.3) ? 1.5 * LEASE_MS_MAX : 1_200);
      await suffer(fault, { crew, victims: victimsOf(fault, crew, random), lastsMs, random });
    }
  }
}

/**
 * Faults that end terms strike a leader and last until another leads, so that every run sees some.
 */
async function first(fault: SeatFault, crew: Crew, random: SeededRandom): Promise<void> {
  if (!ENDS_TERMS.has(fault.kind)) {
    const lastsMs = random.between(300, 1_200);
    await suffer(fault, { crew, victims: victimsOf(fault, crew, random), lastsMs, random });
    return;
  }
  // A leader that lost its role at that moment had nothing to write. The next leader has.
  for (let struck = false; !struck; ) {
    const { isFrozen } = await replaceLeader(fault, crew, random);
    struck = isFrozen || fault.kind !== FREEZE;
  }
}

/** Strikes a leader at work, and heals once another worker adds. */
export async function replaceLeader(fault: SeatFault, crew: Crew, random: SeededRandom) {
  await hold(crew, 'that somebody leads', () => adds(crew.leader()));
  const leader = crew.leader() as Seat;
  const member = leader.member();
  const { resource } = leader.network;
  const [before, refused] = [crew.lines.length, resource.refusedWrites()];
  const heal = fault.strike(leader, random);
  const said = () => crew.lines.slice(before);
  await hold(crew, `that another leads than ${member?.name} (${fault.kind})`, () =>
    said().some(({ event, worker }) => event === 'acknowledged' && worker !== member?.name),
  );
  const isFrozen = said().some(({ event }) => event === 'freezing');
  heal();
  if (isFrozen) {
    await hold(crew, 'that the thawed write is refused', () => resource.refusedWrites() > refused);
  }
  return { isFrozen };
}

/** Whether a worker here leads, and its last line was of an addition. */
export function adds(seat: Seat | undefined): boolean {
  return seat?.member()?.lines.at(-1)?.event === 'acknowledged';
}

/** Where it does not hold, the error tells what the workers said last. */
export async function hold(crew: Crew, what: string, fact: () => boolean): Promise<void> {
  try {
    await until(fact, { what });
  } catch (cause) {
    const said = crew.lines.slice(-LAST_LINES).map((line) => JSON.stringify(line));
    const running = crew.seats.map(
      (seat) => `${seat.member()?.name} ${seat.member()?.isRunning()}`,
    );
    throw new Error([String(cause), ...said, `running: ${running.join(', ')}`].join('\n'), {
      cause,
    });
  }
}

async function suffer(
  fault: SeatFault,
  what: { crew: Crew; victims: readonly Seat[]; lastsMs: number; random: SeededRandom },
): Promise<void> {
  const { crew, victims, lastsMs, random } = what;
  const heals = victims.map((seat) => fault.strike(seat, random));
  await sleep(lastsMs);
  for (const heal of heals) heal();
  await sleep(random.between(0, 800));
  for (const seat of crew.seats) {
    // A worker whose work was stuck has made room for another. A worker that froze a moment too
    // late must be thawed.
    if (seat.member()?.isRunning() === true) seat.member()?.signal('SIGCONT');
    else seat.seat();
  }
}

function victimsOf(fault: SeatFault, crew: Crew, random: SeededRandom): readonly Seat[] {
  const [everyone, leading] = [random.chance(0.3), random.chance(0.6)];
  const some = random.pick(crew.seats);
  if (everyone && fault.reach === 'network') return crew.seats;
  return [(leading ? crew.leader() : undefined) ?? some];
}

function shuffled<T>(items: readonly T[], random: SeededRandom): readonly T[] {
  const keyed = items.map((item) => ({ item, key: random.unit() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
