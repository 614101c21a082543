/** The name of a change, to which ballots bind. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TreeChange } from "../git/repository.ts";
import { planDigest } from "./plan-digest.ts";

const side = (oid: string, mode = "100644") => ({ oid, mode });
const change: TreeChange = { path: "models/a.yaml", before: side("1"), after: side("2") };

test.each<[string, TreeChange]>([
  ["another content", { ...change, after: side("3") }],
  ["another starting point", { ...change, before: side("3") }],
  ["another path", { ...change, path: "models/b.yaml" }],
  ["another mode", { ...change, after: side("2", "100755") }],
  ["a removal", { path: change.path, before: side("1") }],
  ["an addition", { path: change.path, after: side("2") }],
])("%s is another plan", (_, other) => {
  expect(planDigest([other])).not.toBe(planDigest([change]));
});

test("a path more is another plan", () => {
  expect(planDigest([change, { ...change, path: "z" }])).not.toBe(planDigest([change]));
});

test("the order in which changes are listed says nothing", () => {
  const one = fc.record({
    path: fc.string({ minLength: 1 }),
    before: fc.constant(side("1")),
    after: fc.constant(side("2")),
  });
  fc.assert(
    fc.property(fc.uniqueArray(one, { selector: ({ path }) => path, maxLength: 6 }), (changes) => {
      expect(planDigest(changes.toReversed())).toBe(planDigest(changes));
    }),
  );
});
