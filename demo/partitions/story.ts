/**
 * The story of `npm run demo -- --partitions`: 24 partitions over four real processes; one is killed, one is
 * frozen, one leaves, one joins. The terminal draws who leads what after each.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Narrator } from '../narrate.ts';
import { type Board, createBoard, type Move } from './board.ts';
import { drawBoard, gapsLine } from './drawing.ts';
import { type Hall, type Worker, withHall } from './hall.ts';
import { PARTITIONS } from './settings.ts';

export interface PartitionsResult {
  readonly store: string;
  readonly scenes: readonly {
    readonly scene: string;
    /** From what was done until the shares were even. */
    readonly settledAfterMs: number;
    readonly moves: readonly Move[];
  }[];
  /** Two leaders of one partition at once. */
  readonly overlaps: number;
}

/** Many times what anything here takes on a slow machine: a deadline that only a defect reaches. */
const DEADLINE_MS = 120_000;
const LOOK_MS = 50;

type StoryHall = Hall & { readonly board: Board };

export function tellOfPartitions(
  narrator: Narrator,
  signal: AbortSignal,
): Promise<PartitionsResult> {
  const board = createBoard();
  return withHall({ narrator, signal, hear: board.heard }, async (hall) => {
    const scenes = await playScenes({ ...hall, board }, narrator, signal);
    return { store: hall.store, scenes, overlaps: board.overlaps };
  });
}

type Scenes = PartitionsResult['scenes'];

async function playScenes(
  hall: StoryHall,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Scenes> {
  const scenes: Scenes[number][] = [];
  const scene = async (title: string, act: () => void, during: string) => {
    narrator.scene(title);
    const beganMs = performance.now();
    act();
    narrator.waitFor(during);
    await settled(hall, signal);
    const settledAfterMs = Math.round(performance.now() - beganMs);
    const moves = hall.board.takeMoves();
    scenes.push({ scene: title, settledAfterMs, moves });
    narrator.say(`even again after ${(settledAfterMs / 1_000).toFixed(1)} s`);
    narrator.say(gapsLine(moves, narrator.style));
    narrator.print(drawBoard(hall.board, hall.workers, moves, narrator.style));
  };
  const [north, east, south, west] = ['north', 'east', 'south', 'west'] as const;
  await scene(
    'Four workers start',
    () => [north, east, south, west].forEach(hall.start),
    'one of them plans for all',
  );
  await scene(
    'north is killed with SIGKILL',
    () => silence(hall, north, 'SIGKILL', 'killed'),
    'nobody hears from north; its lease runs out',
  );
  await scene(
    'east is frozen with SIGSTOP',
    () => silence(hall, east, 'SIGSTOP', 'frozen'),
    'the others cannot know that it is not dead',
  );
  await scene(
    'east wakes up: its terms are over, and it joins again',
    () => {
      const worker = workerOf(hall, east);
      worker.process.kill('SIGCONT');
      worker.isIn = true;
    },
    'it joins under a new id',
  );
  await scene(
    'south is told to stop with SIGTERM',
    () => {
      const worker = workerOf(hall, south);
      worker.process.kill('SIGTERM');
      Object.assign(worker, { isIn: false, state: 'left' });
    },
    'it hands over, and works on until then',
  );
  await scene('zenith joins', () => void hall.start('zenith'), 'only its share moves');
  return scenes;
}

function workerOf({ workers }: Hall, name: string): Worker {
  const worker = workers.find((one) => one.name === name);
  if (worker === undefined) throw new Error(`there is no worker ${name}`);
  return worker;
}

function silence(hall: StoryHall, name: string, by: NodeJS.Signals, state: string): void {
  const worker = workerOf(hall, name);
  hall.board.silenced(worker.name, Date.now());
  worker.process.kill(by);
  Object.assign(worker, { isIn: false, state });
}

/** Every partition is led, by workers whose shares differ by one at most. */
async function settled({ board, workers }: StoryHall, signal: AbortSignal): Promise<void> {
  const isEven = () => {
    const inside = workers.filter(({ isIn }) => isIn).map(({ name }) => name);
    const counts = board.shares(inside).map(({ length }) => length);
    const led = counts.reduce((sum, count) => sum + count, 0);
    return led === PARTITIONS && Math.max(...counts) - Math.min(...counts) <= 1;
  };
  const deadline = performance.now() + DEADLINE_MS;
  while (!isEven()) {
    await delay(LOOK_MS, undefined, { signal });
    if (performance.now() > deadline) throw new Error(`not even within ${DEADLINE_MS / 1_000} s`);
  }
}
