/** Repeatable numbers for weights: the same seed gives the same file, another seed another digest. */
export interface SeededValues {
  /** `count` values, evenly spread in (-scale, scale). */
  spread(count: number, scale: number): Float32Array;
}

/** mulberry32: 32 bits of state, good enough for weights, fast enough for millions. */
export function seededValues(seed: number): SeededValues {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    spread(count, scale) {
      const values = new Float32Array(count);
      for (let i = 0; i < count; i++) values[i] = (next() * 2 - 1) * scale;
      return values;
    },
  };
}
