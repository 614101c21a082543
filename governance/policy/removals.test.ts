import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemSentence } from "../constitution/documents/problem.ts";
import { type GovernedObject, objectKey, objectTitle, type Policy } from "./policy.ts";
import { removalProblems } from "./removals.ts";
import { policyOf } from "./tree.fixture.ts";

const base = policyOf();
const [aHost, aModel, aMember] = base.objects as [GovernedObject, GovernedObject, GovernedObject];

/** `models` and `hosts` as numbers of objects, the three members always. */
function policy(models: number, hosts: number, more: Partial<Policy> = {}): Policy {
  const numbered = (object: GovernedObject, count: number): GovernedObject[] =>
    Array.from({ length: count }, (_, i) => ({ ...object, name: `n${i}`, file: `${object.plural}/n${i}.yaml` }));
  const members = base.objects.filter(({ kind }) => kind === "Member");
  return { ...base, objects: [...numbered(aModel, models), ...numbered(aHost, hosts), ...members], ...more };
}

/** Names the `count` last of `all` hosts. */
const hostsGone = (all: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ kind: "ModelHost", name: `n${all - 1 - i}` }));

const sentences = (before: Policy, after: Policy): string[] => removalProblems(before, after).map(problemSentence);
const codes = (before: Policy, after: Policy): string[] => removalProblems(before, after).map(({ code }) => code);

describe("lets go", () => {
  test.each([
    ["nothing", policy(4, 2), policy(4, 2)],
    ["one of eight", policy(8, 2), policy(7, 2)],
    ["a quarter", policy(8, 2), policy(6, 2)],
    ["one, however few there are", policy(2, 2), policy(1, 2)],
    ["the only model, while a machine stays", policy(1, 1), policy(0, 1)],
    ["what is replaced by as many others", policy(2, 0), policy(3, 0)],
    ["a machine that is confirmed", policy(4, 2), policy(4, 1, { confirmations: hostsGone(2, 1) })],
    ["every machine, each confirmed", policy(4, 3), policy(4, 0, { confirmations: hostsGone(3, 3) })],
    [
      "all, each confirmed",
      policy(1, 1),
      policy(0, 0, {
        confirmations: [...hostsGone(1, 1), { kind: "ModelDeployment", namespace: "community", name: "n0" }],
      }),
    ],
    ["one member of three", base, { ...base, objects: base.objects.filter(({ name }) => name !== "carol") }],
  ])("%s", (_, before, after) => {
    expect(sentences(before, after)).toEqual([]);
  });
});

describe("holds back", () => {
  test.each([
    [
      "more than a quarter",
      policy(8, 2),
      policy(5, 2),
      "modeldeployments/n5.yaml:1:1: 3 of 8 objects of the kind ModelDeployment would be removed, 2 may go without confirmation; bring the files back, or name each removal in confirmations.yaml",
    ],
    [
      "two of three",
      policy(3, 2),
      policy(1, 2),
      "2 of 3 objects of the kind ModelDeployment would be removed, 1 may go",
    ],
    [
      "the empty set",
      policy(1, 0),
      policy(0, 0),
      "modeldeployments/n0.yaml:1:1: no model and no machine would be left; bring the files back",
    ],
    [
      "a machine that nobody confirmed",
      policy(4, 2),
      policy(4, 1),
      "the removal of ModelHost n1 is not confirmed: everything on it would move away or stop; add {kind: ModelHost, name: n1, reason: …} to the removals in confirmations.yaml",
    ],
    [
      "a machine when another is confirmed",
      policy(4, 3),
      policy(4, 1, { confirmations: hostsGone(3, 1) }),
      "ModelHost n1 is not confirmed",
    ],
    [
      "a machine when a model of its name is confirmed",
      policy(4, 2),
      policy(4, 1, { confirmations: [{ kind: "ModelDeployment", namespace: "community", name: "n1" }] }),
      "ModelHost n1 is not confirmed",
    ],
    [
      "a model when one of its name in another namespace is confirmed",
      policy(1, 0),
      policy(0, 0, { confirmations: [{ kind: "ModelDeployment", namespace: "lab", name: "n0" }] }),
      "no model and no machine would be left",
    ],
    ["machines behind a crowd of models", policy(1_000, 4), policy(1_000, 0), "4 of 4 objects of the kind ModelHost"],
    [
      "two members of three",
      base,
      { ...base, objects: base.objects.filter(({ name }) => !["bob", "carol"].includes(name)) },
      "2 of 3 objects of the kind Member",
    ],
  ])("%s", (_, before, after, words) => {
    expect(sentences(before, after).join("\n")).toContain(words);
  });

  test("with every reason at once", () => {
    expect(codes(policy(4, 2), policy(0, 0))).toEqual([
      "EmptySet",
      "Unconfirmed",
      "Unconfirmed",
      "PruneCap",
      "PruneCap",
    ]);
  });
});

describe("for every before and after", () => {
  const counts = fc.record({ models: fc.nat(12), hosts: fc.nat(6), modelsLeft: fc.nat(12), hostsLeft: fc.nat(6) });
  const both = counts.map(({ models, hosts, modelsLeft, hostsLeft }) => ({
    before: policy(models, hosts),
    after: policy(Math.min(models, modelsLeft), Math.min(hosts, hostsLeft)),
  }));

  test("what is confirmed in full is let go, and a confirmation never makes it worse", () => {
    fc.assert(
      fc.property(both, fc.nat(), ({ before, after }, pick) => {
        const kept = new Set(after.objects.map(objectKey));
        const gone = before.objects.filter((object) => !kept.has(objectKey(object)));
        expect(removalProblems(before, { ...after, confirmations: gone })).toEqual([]);
        const one = gone.slice(pick % Math.max(1, gone.length)).slice(0, 1);
        const fewer = removalProblems(before, { ...after, confirmations: one });
        expect(fewer.length).toBeLessThanOrEqual(removalProblems(before, after).length);
      }),
      { numRuns: 60 },
    );
  });

  test("a silent removal beyond a quarter of a kind is never let go", () => {
    fc.assert(
      fc.property(both, ({ before, after }) => {
        const count = (from: Policy): number => from.objects.filter(({ kind }) => kind === "ModelDeployment").length;
        const gone = count(before) - count(after);
        const isHeld = codes(before, after).includes("PruneCap") || codes(before, after).includes("Unconfirmed");
        if (gone > 1 && gone * 4 > count(before)) expect(isHeld).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

test("an object is called by kind, namespace and name", () => {
  expect([aModel, aHost, aMember].map(objectTitle)).toEqual([
    "ModelDeployment community/smollm2",
    "ModelHost alice-desktop",
    "Member alice",
  ]);
});
