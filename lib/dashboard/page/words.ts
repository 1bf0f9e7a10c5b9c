/**
 * Durations and names as the page and the terminal write them.
 */

/** `840 ms`, `9.8 s`, `3 min 12 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** As wide as a name may be beside its bars. */
const NAME_CHARACTERS_MAX = 18;

/** A candidate's id without most of its random part. Both ends of a long id tell it apart. */
export function shortName(candidateId: string): string {
  const name = candidateId.replace(/\/([0-9a-f]{8})-[0-9a-f-]{20,}$/, '/$1');
  return name.length <= NAME_CHARACTERS_MAX ? name : `${name.slice(0, 7)}…${name.slice(-8)}`;
}

/** The time of day, to the second. */
export function timeOfDay(epochMs: number): string {
  return new Date(epochMs).toLocaleTimeString([], { hour12: false });
}
