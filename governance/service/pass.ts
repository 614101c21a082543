/**
 * One pass: everything is read anew, judged, and made true. A webhook only wakes it, and nothing is remembered between two passes
 * but the log and the sightings, so a notice that was lost, doubled or forged changes nothing, and a crash anywhere is made good by
 * the next pass.
 *
 *   clock → identify → fetch → verify the branch → judge open proposals → end emergencies → ledger → roll out → tell → publish → mirror
 *
 * A forge that cannot be reached costs its own steps only: what was ratified goes on to be applied and kept.
 */

import { isKubeError } from "../../operator/kube/errors.ts";
import type { ForgeProposal } from "../forges/forge.ts";
import { ForgeError } from "../forges/forge.ts";
import type { Oid } from "../git/repository.ts";
import { GitError } from "../git/repository.ts";
import { LogError } from "../log/log-error.ts";
import { isSpent } from "../verification/cursor.ts";
import { clockTrouble } from "./clock-check.ts";
import { suspendedNow } from "./emergencies-now.ts";
import type { Governance, GovernanceView, JudgedProposal, RolloutView, Trouble } from "./governance.ts";
import { endEmergencies } from "./steps/end-emergencies.ts";
import { judgeProposal } from "./steps/judge.ts";
import { rollOut } from "./steps/roll-out.ts";
import { takeLedgerRoots } from "./steps/take-ledger-roots.ts";
import { tellBranch } from "./steps/tell-branch.ts";
import { type Verified, verifyBranch } from "./steps/verify.ts";

export interface Passed {
  readonly view: GovernanceView;
  /** When to come again although nothing wakes us, ms. */
  readonly wakeAt: number;
}

export async function runPass(governance: Governance, signal: AbortSignal): Promise<Passed> {
  const now = governance.clock.now();
  const troubles: Trouble[] = [];
  const wishes: (number | undefined)[] = [now + governance.limits.pollMs];
  const step = containing(troubles, signal);

  const references = await step("clock", () => governance.references(signal));
  const lastRecordAt = governance.log.records.at(-1)?.record.at ?? 0;
  const clock = clockTrouble(now, references ?? [], lastRecordAt);
  if (clock) troubles.push({ ...clock, isTransient: true });

  const open: JudgedProposal[] = [];
  let forge: ForgeView | undefined;
  let verified: Verified | undefined;
  if (!clock) {
    const read = await step("forge", () => readForge(governance, now, signal));
    if (read) troubles.push(...read.troubles);
    if (read && read.troubles.length === 0) {
      forge = read;
      verified = await step("branch", () => verifyBranch(governance, read.head, read.proposals, now, signal));
      wishes.push(verified?.wakeAt);
      troubles.push(...(verified?.troubles ?? []));
      // While the branch waits to be judged, a plan would hold what is not decided yet.
      if (verified && verified.wakeAt === undefined) {
        open.push(...((await step("proposals", () => judgeOpen(governance, read, now, step, signal))) ?? []));
      }
    }
    wishes.push(...open.map(({ verdict }) => nextMoment(verdict, now)));
    wishes.push(await step("emergencies", () => endEmergencies(governance, now, signal)));
  }

  if (!clock) troubles.push(...((await step("ledger", () => takeLedgerRoots(governance, now, signal))) ?? []));

  const rollout = clock
    ? heldRollout
    : ((await step("rollout", () => rollOut(governance, now, signal))) ?? unknownRollout);
  wishes.push(rollout.nextAt);
  const told = forge && { head: forge.head, judged: verified?.judged ?? [] };
  if (told) await step("branch", () => tellBranch(governance, told.head, told.judged, rollout, signal));
  const view = { now, open, rollout, troubles };
  await step("publishing", () => governance.publish(signal));
  await step("decisions", () => governance.mirror(view, signal));
  return { view, wakeAt: earliest(wishes, now) };
}

const heldRollout: RolloutView = { state: "held", waitsFor: [] };
const unknownRollout: RolloutView = { state: "unknown", waitsFor: [] };

interface ForgeView {
  readonly head: Oid;
  readonly proposals: readonly ForgeProposal[];
  /** Left for the next time: what was noted of them is kept. */
  readonly omittedIds: readonly string[];
  readonly troubles: readonly Trouble[];
}

async function readForge(governance: Governance, now: number, signal: AbortSignal): Promise<ForgeView> {
  const { forge, repository, log, branchRef } = governance;
  const identity = await forge.identify(signal);
  if (identity.repository !== governance.identity) {
    throw new ForgeError(
      "identity",
      `this is ${identity.repository}, but ${governance.identity} was pinned when governance was installed: nothing of it is believed`,
    );
  }
  const clock = identity.now === undefined ? [] : [{ who: "the forge", at: identity.now }];
  const trouble = clockTrouble(governance.clock.now(), clock, 0);
  await repository.fetch(await forge.remote(signal), forge.fetchRefspecs, { signal });
  const head = await repository.resolve(branchRef, { signal });
  if (head === undefined) {
    throw new ForgeError("identity", `the policy branch is gone from the remote (${branchRef}): push it back`);
  }
  const judgedAt =
    log.records.findLast(({ record }) => record.kind === "ratified" || record.kind === "genesis")?.record.at ?? now;
  const { proposals, omittedIds = [] } = await forge.proposals(
    Math.max(0, Math.min(judgedAt, now) - overlapMs),
    signal,
  );
  return { head, proposals, omittedIds, troubles: trouble ? [{ ...trouble, isTransient: true }] : [] };
}

/** Merges that the forge dates before our last record are looked at again. */
const overlapMs = 24 * 3_600_000;

type Step = <T>(what: string, work: () => Promise<T>) => Promise<T | undefined>;

async function judgeOpen(
  governance: Governance,
  { head, proposals, omittedIds }: ForgeView,
  now: number,
  step: Step,
  signal: AbortSignal,
): Promise<JudgedProposal[]> {
  const { log, journal } = governance;
  const suspended = await suspendedNow(governance, now, signal);
  const judged: JudgedProposal[] = [];
  const wanted = proposals.filter(({ id, state }) => state !== "merged" && !isSpent(log.records, id));
  for (const proposal of wanted) {
    // One that cannot be judged keeps no other from being judged.
    const one = await step(proposal.label, () => judgeProposal(governance, proposal, { head, suspended }, now, signal));
    if (one) judged.push(one);
  }
  await journal.keepOnly(new Set([...proposals.map(({ id }) => id), ...omittedIds, "branch"]));
  return judged.filter(({ proposal }) => proposal.state === "open");
}

/** The next time at which a verdict can change though nobody does anything. */
function nextMoment(verdict: JudgedProposal["verdict"], now: number): number | undefined {
  if (!verdict) return undefined;
  const until = verdict.reasons.flatMap((one) => ("until" in one.data ? [one.data.until as number] : []));
  return earliestAfter([...until, verdict.passesAt, verdict.closesAt, verdict.mergeBy, verdict.expiresAt], now);
}

function earliest(wishes: readonly (number | undefined)[], now: number): number {
  return earliestAfter(wishes, now) ?? now;
}

function earliestAfter(times: readonly (number | undefined)[], now: number): number | undefined {
  const later = times.filter((time): time is number => time !== undefined && time > now);
  return later.length > 0 ? Math.min(...later) : undefined;
}

/** A step that fails leaves a trouble and the other steps alone; an abort ends the pass. */
function containing(troubles: Trouble[], signal: AbortSignal): Step {
  return async (what, work) => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      // Whoever opened the log has to open it again; no step could append to it.
      if (error instanceof LogError && error.code === "busy") throw error;
      troubles.push(troubleOf(what, error));
      return undefined;
    }
  };
}

function troubleOf(what: string, error: unknown): Trouble {
  const message = error instanceof Error ? error.message : String(error);
  const sentence = `${what}: ${message}`;
  if (error instanceof ForgeError)
    return { code: `Forge${capital(error.code)}`, sentence, isTransient: error.isTransient };
  if (error instanceof GitError) return { code: `Git${capital(error.code)}`, sentence, isTransient: error.isTransient };
  if (isKubeError(error)) return { code: "ClusterUnreachable", sentence, isTransient: true };
  return { code: "Failed", sentence, isTransient: false };
}

function capital(code: string): string {
  return code.slice(0, 1).toUpperCase() + code.slice(1);
}
