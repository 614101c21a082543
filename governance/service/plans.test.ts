import { expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import type { Parsed } from "../constitution/documents/problem.ts";
import type { Policy } from "../policy/policy.ts";
import type { ModelFacts, ObjectPlan, ProposalPlan } from "../proposals/plan.ts";
import { createPlans, partialKeptMs, planKeptMs, renewEveryMs } from "./plans.ts";

const { signal } = new AbortController();
const object: ObjectPlan = { kind: "ModelDeployment", name: "m", change: "update", basis: "dry-run", diff: ["+a"] };
const whole: ProposalPlan = { problems: [], objects: [object], capacity: [], models: [] };
const problem = { file: "models/m.yaml", line: 1, column: 1, path: "", reason: "no", fix: "yes" };
const unreadable: Parsed<Policy> = { ok: false, problems: [problem] };
const readable = { ok: true, value: {} } as Parsed<Policy>;

function world(plan: () => ProposalPlan = () => whole, before: Parsed<Policy> = readable) {
  const clock = new ManualClock(0);
  const made: number[] = [];
  const load = async (treeish: string): Promise<Parsed<Policy>> => (treeish === "R" ? before : readable);
  const make = async (): Promise<ProposalPlan> => {
    made.push(clock.now());
    return plan();
  };
  return { clock, made, plans: createPlans({ policies: { load }, make, clock }) };
}

test("what did not change is planned once; another candidate, and another tree in force, anew", async () => {
  const { made, plans } = world();
  for (const [before, candidate] of ["Ra", "Ra", "Rb", "Sa", "Ra"].map((pair) => [...pair])) {
    expect(await plans(before!, candidate!, signal)).toBe(whole);
  }
  expect(made).toHaveLength(3);
});

test.each([
  { name: "stands for some minutes", plan: whole, keptMs: planKeptMs },
  {
    name: "in which a registry did not answer stands for less",
    plan: { ...whole, models: [{ kind: "ModelDeployment", name: "m", reference: "r", unknown: "away" } as ModelFacts] },
    keptMs: partialKeptMs,
  },
])("a plan $name, and is made anew then", async ({ plan, keptMs }) => {
  const { clock, made, plans } = world(() => plan);
  await plans("R", "a", signal);
  await clock.advance(keptMs - 1);
  await plans("R", "a", signal);
  expect(made).toEqual([0]);
  await clock.advance(1);
  await plans("R", "a", signal);
  expect(made).toEqual([0, keptMs]);
});

test("a plan for which the cluster did not answer is made anew at once", async () => {
  const { made, plans } = world(() => ({ ...whole, objects: [{ ...object, basis: "files" }] }));
  for (let pass = 0; pass < 3; pass++) await plans("R", "a", signal);
  expect(made).toHaveLength(3);
});

test("a hundred old plans are made anew one after the other, each in its turn, and none twice before", async () => {
  const { clock, made, plans } = world();
  const pass = async (): Promise<void> => {
    for (let at = 0; at < 100; at++) expect(await plans("R", `candidate ${at}`, signal)).toBe(whole);
  };
  await pass();
  made.length = 0;
  await clock.advance(planKeptMs);
  for (let passes = 0; passes < 100; passes++) {
    await pass();
    expect(made).toHaveLength(passes + 1);
    await clock.advance(renewEveryMs);
  }
  await pass();
  expect(made).toHaveLength(100);
});

test("nothing is said where what is in force cannot be read", async () => {
  const { made, plans } = world(() => whole, unreadable);
  expect(await plans("R", "a", signal)).toBeUndefined();
  expect(made).toEqual([]);
});

test("plans that are very large push out those that were made longest ago", async () => {
  const large = { ...whole, objects: Array.from({ length: 90_000 }, () => object) };
  const { made, plans } = world(() => large);
  for (const candidate of ["a", "b", "b", "a", "a", "b"]) await plans("R", candidate, signal);
  expect(made).toHaveLength(4);
});

test("a plan that fails is not kept", async () => {
  let fails = true;
  const { made, plans } = world(() => {
    if (fails) throw new Error("away");
    return whole;
  });
  await expect(plans("R", "a", signal)).rejects.toThrow("away");
  fails = false;
  expect(await plans("R", "a", signal)).toBe(whole);
  expect(made).toHaveLength(2);
});
