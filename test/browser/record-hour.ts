/**
 * An hour of ten candidates, recorded from the real runtime on a clock that a program moves.
 *
 * Every two minutes something happens to the leader: it resigns, or its process dies or is frozen for
 * half a minute, and then writes with its stale token.
 */
import { createFeedRecorder, type Recorded } from './feed-recorder.ts';

const CANDIDATES = 10;
const HOUR_MS = 3_600_000;
const INCIDENT_EVERY_MS = 120_000;

/** In the order in which they happened. */
export async function recordHour(): Promise<readonly Recorded[]> {
  const recorder = createFeedRecorder();
  for (let n = 0; n < CANDIDATES; n += 1) recorder.join(`worker-${n}`);
  const incidents = [recorder.resign, recorder.kill, recorder.freeze] as const;
  for (let ms = 0; ms < HOUR_MS; ms += INCIDENT_EVERY_MS) {
    await recorder.advance(INCIDENT_EVERY_MS / 2);
    const incident = incidents[(ms / INCIDENT_EVERY_MS) % incidents.length];
    await incident?.();
    await recorder.advance(INCIDENT_EVERY_MS / 2);
  }
  return recorder.events;
}
