/**
 * How long it takes to say what a proposal would do: of a large repository by its files, and of a smaller one with the API server's word on
 * each object, which is what `kubectl diff` and a dry run of `kubectl apply` ask it for too.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { atOnce } from "../../../governance/policy/at-once.ts";
import { fieldManagers } from "../../../operator/apis/group.ts";
import { modelDeployments } from "../../../operator/apis/model-deployment.ts";
import type { Bench } from "../benchmark.ts";
import { startWorker, type Worker } from "../processes/worker.ts";
import type { Programs } from "../programs.ts";
import { type Governed, governed } from "./community.ts";
import type { Planned, PlanOrder } from "./planner.ts";
import { runProgram } from "./program.ts";
import { filesOf, makePolicyRepository, modelText, nameOf, type PolicyRepository } from "./repository.ts";

export interface FilePlans {
  readonly files: number;
  /** Of all files, by a process that had read nothing; then with one file changed, once for each change. */
  readonly rounds: readonly { readonly all: Planned; readonly changed: readonly Planned[] }[];
}

const changesPerRound = 10;

export async function measureFilePlans(bench: Bench, { files, rounds }: { files: number; rounds: number }) {
  const { scratch, stack, say } = bench;
  const policy = await makePolicyRepository(join(scratch, "large.git"), files);
  stack.add({ name: "the large repository", stop: () => policy.repository.close() });
  const changes = await changedTrees(policy, changesPerRound);
  const done: FilePlans["rounds"][number][] = [];
  for (let round = 0; round < rounds; round++) {
    say(`plans of ${files} files (${round + 1} of ${rounds})`);
    await planning(bench, async (plan) => {
      const all = await plan({ path: policy.repository.path, from: policy.rules, to: policy.genesis });
      const changed: Planned[] = [];
      for (const to of changes) changed.push(await plan({ path: policy.repository.path, from: policy.genesis, to }));
      done.push({ all, changed });
    });
  }
  return { files, rounds: done } satisfies FilePlans;
}

export const planners = ["kubectl diff", "kubectl apply", "commonhold"] as const;
export type Planner = (typeof planners)[number];
export const planCases = ["all are new", "one has changed"] as const;
export type PlanCase = (typeof planCases)[number];

export interface ClusterPlan {
  readonly round: number;
  readonly of: PlanCase;
  readonly by: Planner;
  readonly ms: number;
}

export function measureClusterPlans(
  bench: Bench,
  programs: Programs,
  { objects, rounds }: { objects: number; rounds: number },
): Promise<ClusterPlan[]> {
  return governed(bench, programs, "plans", async (inner, place) => {
    const { scratch, stack, say } = inner;
    const policy = await makePolicyRepository(join(scratch, "policy.git"), objects);
    stack.add({ name: "the policy repository", stop: () => policy.repository.close() });
    const [changed = ""] = await changedTrees(policy, 1);
    const names = Array.from({ length: objects }, (_, at) => nameOf(at));
    const folders = { "all are new": "new", "one has changed": "changed" } as const;
    writeModels(join(scratch, folders["all are new"]), names, () => contexts.before);
    writeModels(join(scratch, folders["one has changed"]), names, (at) =>
      at === 0 ? contexts.after : contexts.before,
    );
    const orders = {
      "all are new": { from: policy.rules, to: policy.genesis },
      "one has changed": { from: policy.genesis, to: changed },
    } as const;
    const done: ClusterPlan[] = [];
    for (const of of planCases) {
      if (of === "one has changed") await applyAll(place, names);
      for (let round = 0; round < rounds; round++) {
        say(`plans of ${objects} objects, of which ${of} (${round + 1} of ${rounds})`);
        const order = { path: policy.repository.path, ...orders[of], kubeconfig: place.kubeconfig };
        const tried = { inner, place, folder: join(scratch, folders[of]), order };
        // Each round begins with another, so that none always comes after the same one.
        for (const by of rotated(planners, round)) done.push({ round, of, by, ms: await timed[by](tried) });
      }
    }
    return done;
  });
}

const contexts = { before: 4096, after: 1024 };

interface Tried {
  readonly inner: Bench;
  readonly place: Governed;
  readonly folder: string;
  readonly order: PlanOrder;
}

/** All as the same user, for the same field manager. `kubectl diff` ends with 1 where something differs. */
const timed: Readonly<Record<Planner, (tried: Tried) => Promise<number>>> = {
  "kubectl diff": (tried) => kubectl(tried, ["diff"], [1]),
  "kubectl apply": (tried) => kubectl(tried, ["apply", "--dry-run=server"], [0]),
  commonhold: ({ inner, order }) =>
    planning(inner, async (plan) => {
      const { readMs, planMs } = await plan(order);
      return readMs + planMs;
    }),
};

async function kubectl({ inner, place, folder }: Tried, verb: readonly string[], allowed: readonly number[]) {
  const manager = ["--server-side", "--force-conflicts", `--field-manager=${fieldManagers.governance}`];
  const args = [...verb, ...manager, "--kubeconfig", place.kubeconfig, "-f", folder];
  const { ms } = await runProgram(place.plane.kubectlPath, args, { signal: inner.signal, allowed });
  return ms;
}

/** In a process that has read nothing yet, which is gone afterwards. */
async function planning<T>(
  { stack, compiled }: Bench,
  use: (plan: (order: PlanOrder) => Promise<Planned>) => Promise<T>,
): Promise<T> {
  const worker: Worker = stack.add(await startWorker("the planner", join(compiled, "governance/planner.js")));
  const answer = await use((order) => worker.call<Planned>("plan", order));
  await worker.stop();
  return answer;
}

/** Trees with one model changed each. */
async function changedTrees({ repository, genesis }: PolicyRepository, count: number): Promise<string[]> {
  const trees: string[] = [];
  for (let at = 0; at < count; at++) {
    const files = filesOf([nameOf(at)], (name) => modelText(name, contexts.after));
    trees.push(await repository.writeTree(genesis, files));
  }
  return trees;
}

function writeModels(folder: string, names: readonly string[], contextOf: (at: number) => number): void {
  mkdirSync(folder);
  for (const [at, name] of names.entries()) writeFileSync(join(folder, `${name}.yaml`), modelText(name, contextOf(at)));
}

const writesAtOnce = 16;

async function applyAll({ governor }: Governed, names: readonly string[]): Promise<void> {
  await atOnce(names, writesAtOnce, (name) =>
    governor.apply(modelDeployments, parse(modelText(name, contexts.before)), {
      fieldManager: fieldManagers.governance,
    }),
  );
}

function rotated<V>(list: readonly V[], by: number): V[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
