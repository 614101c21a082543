/**
 * One pass: everything is read anew, judged, and made true. A webhook only wakes it, and nothing is remembered between two passes
 * but the log, the sightings and whose turn it is to be judged, so a notice that was lost, doubled or forged changes nothing, and a crash anywhere is made good by
 * the next pass.
 *
 *   clock → identify → fetch → note what was seen → verify the branch → ledger → end emergencies → roll out → tell → judge open proposals
 *   → publish → mirror
 *
 * What is decided comes first. Open proposals are judged as far as time allows; the next pass goes on with the others (`judging.ts`).
 * A forge that cannot be reached costs its own steps only: what was ratified goes on to be applied and kept.
 */

import type { ForgeProposal } from "../forges/forge.ts";
import { clockTrouble } from "./clock-check.ts";
import type { Governance, GovernanceView, JudgedProposal, RolloutView, Trouble } from "./governance.ts";
import { endEmergencies } from "./steps/end-emergencies.ts";
import { judgeOpen, noteSeen, unmerged } from "./steps/judge-open.ts";
import { type ForgeView, readForge } from "./steps/read-forge.ts";
import { rollOut } from "./steps/roll-out.ts";
import { takeLedgerRoots } from "./steps/take-ledger-roots.ts";
import { tellBranch } from "./steps/tell-branch.ts";
import { type Verified, verifyBranch } from "./steps/verify.ts";
import { containing } from "./troubles.ts";

export interface Passed {
  readonly view: GovernanceView;
  /** When to come again although nothing wakes us, ms. */
  readonly wakeAt: number;
}

/** `isWoken`: whether a notice came since the pass began. */
export async function runPass(
  governance: Governance,
  signal: AbortSignal,
  isWoken: () => boolean = () => false,
): Promise<Passed> {
  const { clock, judging } = governance;
  const now = clock.now();
  const troubles: Trouble[] = [];
  const wishes: (number | undefined)[] = [];
  const step = containing(troubles, signal);

  const references = await step("clock", () => governance.references(signal));
  const lastRecordAt = governance.log.records.at(-1)?.record.at ?? 0;
  const wrongClock = clockTrouble(now, references ?? [], lastRecordAt);
  if (wrongClock) troubles.push({ ...wrongClock, isTransient: true });

  let forge: ForgeView | undefined;
  let verified: Verified | undefined;
  if (!wrongClock) {
    const read = await step("forge", () => readForge(governance, now, signal));
    if (read) troubles.push(...read.troubles);
    if (read && read.troubles.length === 0) {
      forge = read;
      verified = await step("branch", async () => {
        await noteSeen(governance, read, now);
        return verifyBranch(governance, read.head, read.proposals, now, signal);
      });
      wishes.push(verified?.wakeAt);
      troubles.push(...(verified?.troubles ?? []));
    }
    troubles.push(...((await step("ledger", () => takeLedgerRoots(governance, now, signal))) ?? []));
  }

  const putInForce = async (): Promise<RolloutView> => {
    if (wrongClock) return heldRollout;
    wishes.push(await step("emergencies", () => endEmergencies(governance, now, signal)));
    const rollout = (await step("rollout", () => rollOut(governance, now, signal))) ?? unknownRollout;
    wishes.push(rollout.nextAt);
    return rollout;
  };
  let rollout = await putInForce();
  const told = forge && { head: forge.head, judged: verified?.judged ?? [] };
  if (told) await step("branch", () => tellBranch(governance, told.head, told.judged, rollout, signal));

  let isWhole = true;
  const read = forge;
  // While the branch waits to be judged, a plan would hold what is not decided yet.
  if (read && verified && verified.wakeAt === undefined) {
    const isDue = (): boolean => wishes.some((wish) => wish !== undefined && wish > now && wish <= clock.now());
    const onEmergency = async (): Promise<void> => {
      rollout = await putInForce();
    };
    const calls = { isDue, isWoken, onEmergency };
    isWhole = (await step("proposals", () => judgeOpen(governance, read, now, calls, step, signal))) ?? true;
  }

  const listed = read && unmerged(governance, read.proposals);
  const open = judging.standing(listed).filter(({ proposal }) => proposal.state === "open");
  wishes.push(now + governance.limits.pollMs, ...open.map(({ verdict }) => nextMoment(verdict, now)));
  const view = { now, open, unjudged: unjudged(listed ?? [], open), rollout, troubles };
  await step("publishing", () => governance.publish(signal));
  await step("decisions", () => governance.mirror(view, signal));
  return { view, wakeAt: isWhole ? earliest(wishes, now) : now };
}

function unjudged(listed: readonly ForgeProposal[], judged: readonly JudgedProposal[]): ReadonlySet<string> {
  const ids = new Set(judged.map(({ proposal }) => proposal.id));
  return new Set(listed.flatMap(({ id, state }) => (state === "open" && !ids.has(id) ? [id] : [])));
}

const heldRollout: RolloutView = { state: "held", waitsFor: [] };
const unknownRollout: RolloutView = { state: "unknown", waitsFor: [] };

/** The next time at which a verdict can change though nobody does anything. */
function nextMoment(verdict: JudgedProposal["verdict"], now: number): number | undefined {
  if (!verdict) return undefined;
  const until = verdict.reasons.flatMap((one) => {
    if (one.code === "ClockBehind") return [one.data.openedAt as number];
    return "until" in one.data ? [one.data.until as number] : [];
  });
  return earliestAfter([...until, verdict.passesAt, verdict.closesAt, verdict.mergeBy, verdict.expiresAt], now);
}

function earliest(wishes: readonly (number | undefined)[], now: number): number {
  return earliestAfter(wishes, now) ?? now;
}

function earliestAfter(times: readonly (number | undefined)[], now: number): number | undefined {
  const later = times.filter((time): time is number => time !== undefined && time > now);
  return later.length > 0 ? Math.min(...later) : undefined;
}
