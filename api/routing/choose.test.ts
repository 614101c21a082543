import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseOfTwo, hasFreePlace, type Load, score } from "./choose.ts";

const loads = fc.record({
  inFlight: fc.nat(20),
  parallel: fc.integer({ min: 1, max: 8 }),
  firstByteMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
});
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("the power of two choices", () => {
  test("takes one of the candidates, and the less loaded of two", () => {
    fc.assert(
      fc.property(
        fc.array(loads, { minLength: 1, maxLength: 6 }),
        fc.array(chance, { minLength: 2, maxLength: 2 }),
        (all, dice) => {
          let at = 0;
          const chosen = chooseOfTwo(
            all,
            (load) => load,
            () => dice[at++]!,
          );
          expect(all).toContain(chosen);
          if (all.length === 2) expect(score(chosen!)).toBe(Math.min(score(all[0]!), score(all[1]!)));
        },
      ),
    );
  });

  test("never takes the most loaded one of many with different loads", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10 }), chance, chance, (count, a, b) => {
        const all: Load[] = Array.from({ length: count }, (_, inFlight) => ({ inFlight, parallel: 1, firstByteMs: 0 }));
        const dice = [a, b];
        expect(
          chooseOfTwo(
            all,
            (load) => load,
            () => dice.shift()!,
          ),
        ).not.toBe(all.at(-1));
      }),
    );
  });

  test("with none there is none", () =>
    expect(
      chooseOfTwo(
        [],
        () => ({ inFlight: 0, parallel: 1, firstByteMs: 0 }),
        () => 0,
      ),
    ).toBeUndefined());

  test("spreads over equal hosts", () => {
    let dice = 0;
    const counts = new Map<string, number>();
    const random = () => (dice = (dice + 0.618) % 1);
    for (let round = 0; round < 900; round++) {
      const chosen = chooseOfTwo(["a", "b", "c"], () => ({ inFlight: 0, parallel: 1, firstByteMs: 0 }), random)!;
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
    }
    for (const host of ["a", "b", "c"]) expect(counts.get(host)).toBeGreaterThan(150);
  });
});

describe("a host's load", () => {
  test("is less the more places it has, and more the slower it was", () => {
    const load: Load = { inFlight: 1, parallel: 2, firstByteMs: 100 };
    expect(score({ ...load, parallel: 4 })).toBeLessThan(score(load));
    expect(score({ ...load, firstByteMs: 200 })).toBeGreaterThan(score(load));
    expect(score({ ...load, firstByteMs: 1 })).toBe(score({ ...load, firstByteMs: 0 }));
  });

  test("leaves a place free below what its owner declared", () => {
    expect(hasFreePlace({ inFlight: 1, parallel: 2, firstByteMs: 0 })).toBe(true);
    expect(hasFreePlace({ inFlight: 2, parallel: 2, firstByteMs: 0 })).toBe(false);
  });
});
