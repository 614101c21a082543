import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/runs.ts";
import { Turns } from "./turns.ts";

async function take(turns: Turns, waiting: readonly string[], most = Number.POSITIVE_INFINITY) {
  const had: string[] = [];
  const isWhole = await turns.take(
    waiting,
    async (one) => {
      had.push(one);
    },
    () => had.length < most,
  );
  return { had, isWhole };
}

test("each has one turn, in the order in which they came", async () => {
  expect(await take(new Turns(), ["a", "b", "c"])).toEqual({ had: ["a", "b", "c"], isWhole: true });
});

test("interrupted, it goes on with the one whose turn it was", async () => {
  const turns = new Turns();
  expect(await take(turns, ["a", "b", "c"], 2)).toEqual({ had: ["a", "b"], isWhole: false });
  expect(await take(turns, ["a", "b", "c"], 2)).toEqual({ had: ["c", "a"], isWhole: false });
});

test("interrupted at once every time, each has its turn all the same", async () => {
  const turns = new Turns();
  const had = [];
  for (let call = 0; call < 3; call++) had.push(...(await take(turns, ["a", "b", "c"], 0)).had);
  expect(had).toEqual(["a", "b", "c"]);
});

test("the last one's turn is the end, and no interruption", async () => {
  expect((await take(new Turns(), ["a"], 1)).isWhole).toBe(true);
  expect((await take(new Turns(), [], 0)).isWhole).toBe(true);
});

test("one whose turn breaks everything off goes to the end like all", async () => {
  const turns = new Turns();
  const broken = turns.take(
    ["a", "b"],
    () => Promise.reject(new Error("broken")),
    () => true,
  );
  await expect(broken).rejects.toThrow("broken");
  expect((await take(turns, ["a", "b"])).had).toEqual(["b", "a"]);
});

test("whoever comes and goes, none waits longer than all that were there before it take", async () => {
  const moment = fc.record({
    waiting: fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { maxLength: 8 }),
    most: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { maxLength: 30 }), async (moments) => {
      const turns = new Turns();
      const waited = new Map<string, number>();
      for (const { waiting, most } of moments) {
        const here = ["x", ...waiting.toSorted()];
        for (const one of (await take(turns, here, most)).had) waited.set(one, -1);
        for (const one of here) waited.set(one, (waited.get(one) ?? 0) + 1);
        // At least one has its turn each time, and never one twice while "x" waits.
        expect(waited.get("x")).toBeLessThanOrEqual(8);
      }
    }),
    runs(200),
  );
});
