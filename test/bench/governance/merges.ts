/**
 * From the push of a merge commit to the change in the cluster: by governance, told of the push or polling, and by a branch that is
 * trusted, which is what everybody else does: fetch it, and apply what it holds.
 */

import type { RunningService } from "../../../cli/up/community/services.ts";
import { pushNoticeEveryMs } from "../../../governance/service/server.ts";
import { type Decision, decisions } from "../../../operator/apis/decision.ts";
import { type ModelDeployment, modelDeployments } from "../../../operator/apis/model-deployment.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import type { Bench } from "../benchmark.ts";
import type { Programs } from "../programs.ts";
import { type Governed, governed, startGovernanceService, tellOfPush, untilPassed } from "./community.ts";
import { timeOf } from "./own-words.ts";
import { mergeCommitOf, propose, sayYes } from "./people.ts";
import { branch, makePolicyRepository, nameOf, type PolicyRepository } from "./repository.ts";
import { follow, type Seen } from "./seen.ts";
import { trustedBranch } from "./trusted.ts";

export const ways = ["trusted branch", "told of the push", "polling"] as const;
export type Way = (typeof ways)[number];

/** Milliseconds from the push. */
export interface Merge {
  readonly way: Way;
  /** Until a watch showed the object as the proposal has it. */
  readonly changedMs: number;
  /** Until the record was in the log; NaN: there is none. */
  readonly appliedMs: number;
  /** Until the Decision said that it is in force. */
  readonly shownMs: number;
}

export const pollMs = 2_000;
/** So rarely that only a notice can have woken it. */
const hardlyEverMs = 600_000;

interface World {
  readonly policy: PolicyRepository;
  readonly place: Governed;
  readonly models: Seen<ModelDeployment>;
  readonly decisions: Seen<Decision>;
}

export function measureMerges(bench: Bench, programs: Programs, merges: number): Promise<Merge[]> {
  return governed(bench, programs, "merges", async (inner, place) => {
    const { scratch, signal, say } = inner;
    const policy = await makePolicyRepository(`${scratch}/policy.git`, merges);
    inner.stack.add({ name: "the policy repository", stop: () => policy.repository.close() });
    const world: World = {
      ...{ policy, place },
      models: await follow<ModelDeployment>(place.client, modelDeployments, signal),
      decisions: await follow<Decision>(place.client, decisions, signal),
    };
    const done: Merge[] = [];
    say(`${merges} merges into a branch that is trusted`);
    done.push(...(await trustedMerges(inner, world, merges)));
    say(`${merges} merges, each with a notice of the push`);
    done.push(...(await governedMerges(inner, world, "told of the push", merges)));
    say(`${merges} merges, found by polling every ${pollMs / 1000} s`);
    done.push(...(await governedMerges(inner, world, "polling", merges)));
    return done;
  });
}

async function governedMerges(bench: Bench, world: World, way: "told of the push" | "polling", merges: number) {
  const isPolling = way === "polling";
  const options = { pollMs: isPolling ? pollMs : hardlyEverMs, name: isPolling ? "governance-polling" : "governance" };
  const service = await startGovernanceService(bench, world.place, world.policy, options);
  await untilPassed(bench, service);
  const done: Merge[] = [];
  for (let at = 0; at < merges; at++) {
    bench.signal.throwIfAborted();
    const waits = isPolling ? ((at + 0.5) / merges) * pollMs : undefined;
    done.push({ way, ...(await governedMerge(bench, world, service, { at, waits })) });
  }
  await service.stop();
  return done;
}

interface One {
  /** Which model. */
  readonly at: number;
  /**
   * How long after a pass the merge is pushed, without a notice: spread over the time between two polls, from right after one to right
   * before the next. Left out: a notice is sent.
   */
  readonly waits: number | undefined;
}

async function governedMerge(
  { signal }: Bench,
  { policy, models, decisions: seen }: World,
  service: RunningService,
  { at, waits }: One,
): Promise<Omit<Merge, "way">> {
  const context = waits === undefined ? 2048 : 1024;
  const proposal = await propose(policy, "alice", nameOf(at), context);
  await sayYes(policy, "bob", proposal);
  await tellOfPush(service, signal);
  const toldAt = Date.now();
  await seen.until(proposal.decision, ({ status }) => status?.state === "passed");
  const merge = await mergeCommitOf(policy, proposal);
  // A notice so soon after another one is kept back by the service: people are slower.
  await systemClock.sleep(waits ?? Math.max(0, toldAt + noticeEveryMs - Date.now()), signal);
  const pushedAt = Date.now();
  await policy.repository.updateRef(branch, merge);
  if (waits === undefined) await tellOfPush(service, signal);
  const [changed, shown] = await Promise.all([
    models.until(nameOf(at), ({ spec }) => spec.context === context),
    seen.until(proposal.decision, ({ status }) => status?.state === "applied"),
  ]);
  return {
    changedMs: changed - pushedAt,
    appliedMs: timeOf(service, "applied", pushedAt) - pushedAt,
    shownMs: shown - pushedAt,
  };
}

const noticeEveryMs = pushNoticeEveryMs + 50;

async function trustedMerges(
  { scratch, signal, stack }: Bench,
  { place, models }: World,
  merges: number,
): Promise<Merge[]> {
  const { plane, kubeconfig } = place;
  const options = { directory: scratch, kubectl: plane.kubectlPath, kubeconfig, signal, models: merges };
  const trusted = await trustedBranch(options);
  stack.add({ name: "the trusted branch", stop: () => trusted.close() });
  const done: Merge[] = [];
  for (let at = 0; at < merges; at++) {
    signal.throwIfAborted();
    const { model, push } = await trusted.commit(at, 2048);
    const pushedAt = Date.now();
    await push();
    const [changed] = await Promise.all([models.until(model, ({ spec }) => spec.context === 2048), trusted.follow()]);
    done.push({ way: "trusted branch", changedMs: changed - pushedAt, appliedMs: Number.NaN, shownMs: Number.NaN });
  }
  return done;
}
