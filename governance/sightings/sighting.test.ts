/** What was seen first, in which order. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyOf, newSightings, type Seen } from "./sighting.ts";

const now = 1_000_000;
const none = () => false;
const ballot = (id: string, at?: number): Seen => ({
  kind: "ballot",
  proposal: "p",
  id,
  ...(at !== undefined && { at }),
});

describe("new sightings", () => {
  test("have the forge's time where it has one, and else the time at which they were seen", () => {
    const fresh = newSightings([ballot("a", 900_000), ballot("b")], none, 7, now);
    expect(fresh.map(({ sequence, id, at }) => [sequence, id, at])).toEqual([
      [7, "a", 900_000],
      [8, "b", now],
    ]);
  });

  test("do not believe a time that is still to come", () => {
    expect(newSightings([ballot("a", now + 1)], none, 0, now)[0]?.at).toBe(now);
  });

  test("put a ballot before a merge that is first seen at the same moment, whatever the order in which they are told", () => {
    const merge: Seen = { kind: "merge", proposal: "p", id: "c" };
    expect(newSightings([merge, ballot("a")], none, 0, now).map(({ kind }) => kind)).toEqual(["ballot", "merge"]);
  });

  test("put a ballot behind a merge that the forge dates before it", () => {
    const merge: Seen = { kind: "merge", proposal: "p", id: "c", at: 800_000 };
    const kinds = newSightings([ballot("a", 900_000), merge], none, 0, now).map(({ kind }) => kind);
    expect(kinds).toEqual(["merge", "ballot"]);
  });

  test("hold nothing twice, neither what is known nor what is told twice at once", () => {
    const fresh = newSightings([ballot("a"), ballot("b"), ballot("b")], ({ id }) => id === "a", 0, now);
    expect(fresh.map(({ id }) => id)).toEqual(["b"]);
  });

  test("are the same whatever the order in which a forge lists them, when it has a time for each", () => {
    const one = fc.record({
      kind: fc.constantFrom("ballot" as const, "merge" as const, "head" as const),
      proposal: fc.constantFrom("p", "q"),
      id: fc.string({ minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(one, { selector: keyOf, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (list, noise) => {
          const timed = list.map((seen, index) => ({ ...seen, at: index * 10 }));
          const mixed = timed.map((seen) => ({ seen, by: noise.next().value ?? 0 })).toSorted((a, b) => a.by - b.by);
          expect(
            newSightings(
              mixed.map(({ seen }) => seen),
              none,
              0,
              now,
            ),
          ).toEqual(newSightings(timed, none, 0, now));
        },
      ),
    );
  });
});
