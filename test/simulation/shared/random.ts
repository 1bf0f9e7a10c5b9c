/** Randomness that a seed repeats: the same numbers, in the same order, on every machine. */
export interface SeededRandom {
  /** Uniform in [0, 1). */
  unit(): number;
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** mulberry32: small, fast, and good enough to choose faults with. */
export function seeded(seed: number): SeededRandom {
  let state = seed >>> 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    unit,
    between: (from, to) => from + (to - from) * unit(),
    chance: (probability) => unit() < probability,
    pick: (items) => items[Math.floor(unit() * items.length)] as never,
  };
}
