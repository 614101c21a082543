/**
 * Brings what a start wants into force as anybody would, by the same commands: proposed, voted on, merged; then governance verifies it,
 * waits for its timelock and applies it. Each of these is a step that the person sees.
 */

import { proposalLabel } from "../../../../governance/forges/git/names.ts";
import { decisionName } from "../../../../governance/mirror/entries.ts";
import type { Decision, DecisionState } from "../../../../operator/apis/decision.ts";
import type { Clock } from "../../../../operator/clock/clock.ts";
import type { KubeClient } from "../../../../operator/kube/client.ts";
import type { Display, Step } from "../../../display/display.ts";
import type { SigningFlags } from "../../../policy/flags.ts";
import type { Surroundings } from "../../../policy/surroundings.ts";
import { close } from "../../../verbs/close.ts";
import { merge } from "../../../verbs/merge.ts";
import { vote } from "../../../verbs/vote.ts";
import type { Begun, OwnProposal } from "./begin.ts";
import { followDecision } from "./follow-decision.ts";

export interface Deciding {
  readonly flags: SigningFlags & { readonly key: string; readonly repository: string };
  readonly around: Surroundings;
  readonly client: Pick<KubeClient, "get">;
  readonly display: Display;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Tells governance that something was pushed. */
  wake(): Promise<void>;
  /** What governance complains about just now. */
  trouble(): string | undefined;
}

export type Decided =
  /** Governance makes it so, or has done so. */
  | { readonly state: "decided"; readonly decision: Decision }
  /** Nothing was to be decided. */
  | { readonly state: "same" }
  /** It needs somebody else, or more time than anybody would wait here. */
  | { readonly state: "undecided"; readonly why: string };

/** How long governance may be silent about what is its own work. */
const patienceMs = 30_000;
/** A timelock that is longer is not waited for. */
const timelockMsMax = 60_000;

const underWay: readonly DecisionState[] = ["applying", "applied", "applyFailed"];
const verified: readonly DecisionState[] = ["ratified", ...underWay];

export async function decide(begun: Begun, step: Step, deciding: Deciding): Promise<Decided> {
  if (begun.state === "held") {
    const why = heldWords(begun, deciding.flags.repository);
    step.done(`none: ${why}`);
    return { state: "undecided", why };
  }
  for (const id of begun.stale) await close(id, deciding.flags, deciding.around);
  if (begun.state === "same") return goOnWith(begun.last, step, deciding);
  const { proposal } = begun;
  await deciding.wake();
  step.done(`${labelOf(proposal.id)}, ${proposal.title}: ${proposal.paths.join(", ")}`);
  const passed = await voted(proposal, deciding);
  if (!passed.isThere) return { state: "undecided", why: `proposal ${labelOf(proposal.id)} waits: ${passed.why}` };
  if (passed.decision.status?.state === "passed") await merged(proposal, deciding);
  return ratified(proposal.id, deciding);
}

function heldWords({ paths, revert }: Extract<Begun, { state: "held" }>, url: string): string {
  const back = revert && `; this takes it back: git -C ${url} update-ref refs/heads/main ${revert}`;
  return `the policy branch holds what nobody ratified, in ${paths.join(", ")}, and nothing is proposed on top of it${back ?? ""}`;
}

/** A start that was killed after the merge left it to us to tell how it goes on. */
async function goOnWith(last: string | undefined, step: Step, deciding: Deciding): Promise<Decided> {
  step.done("none: what is decided is what this machine needs");
  if (last === undefined) return { state: "same" };
  const options = { ...deciding, patienceMs, onNews: () => {} };
  const found = await followDecision(deciding.client, decisionName({ proposal: last }), verified, options);
  if (!found.isThere) return { state: "same" };
  const { decision } = found;
  return decision.status?.state === "ratified" ? ratified(last, deciding) : { state: "decided", decision };
}

async function voted({ id, isVoted }: OwnProposal, deciding: Deciding) {
  const { client, display, flags, around } = deciding;
  const step = display.step("vote");
  if (!isVoted) {
    await vote(id, "yes", { ...flags, emergency: false, yes: true }, around);
    await deciding.wake();
  }
  const states = ["passed", "rejected", "vetoed", "expired", "closed", ...verified, "unratified"] as const;
  const options = { ...deciding, patienceMs, onNews: (text: string) => step.update(text) };
  const passed = await followDecision(client, decisionName({ proposal: id }), states, options);
  if (!passed.isThere) step.done(`waits: ${passed.why}`);
  else {
    assertGood(passed.decision);
    step.done(tallyWords(passed.decision));
  }
  return passed;
}

async function merged({ id }: OwnProposal, { display, flags, around, wake }: Deciding): Promise<void> {
  const step = display.step("merge");
  await merge(id, { ...flags, force: false }, around);
  await wake();
  step.done(`proposal ${labelOf(id)} into ${flags.branch}`);
}

async function ratified(id: string, deciding: Deciding): Promise<Decided> {
  const { client, display, clock } = deciding;
  const name = decisionName({ proposal: id });
  const step = display.step("verified");
  const options = { ...deciding, patienceMs };
  const onNews = (text: string): void => step.update(text);
  const found = await followDecision(client, name, [...verified, "unratified"], { ...options, onNews });
  if (!found.isThere) throw new Error(`governance does not say whether the merge holds: ${found.why}`);
  assertGood(found.decision);
  const { records = [], appliesAt, merge: commit = "" } = found.decision.status ?? {};
  const record = records.findLast(({ kind }) => kind === "ratified");
  step.done(`merge ${commit.slice(0, 12)} is ratified, record ${record?.index} of the decision log`);
  const lockMs = appliesAt === undefined || !record ? 0 : Date.parse(appliesAt) - Date.parse(record.at);
  const lock = display.step("timelock");
  if (appliesAt !== undefined && Date.parse(appliesAt) - clock.now() > timelockMsMax) {
    lock.done(`until ${appliesAt}; what is in force stays until then`);
    return { state: "undecided", why: `the timelock of proposal ${labelOf(id)} ends at ${appliesAt}` };
  }
  const onLockNews = (text: string): void => lock.update(text);
  const begun = await followDecision(client, name, underWay, { ...options, onNews: onLockNews });
  if (!begun.isThere) throw new Error(`what was decided is not applied: ${begun.why}`);
  lock.done(`${Math.round(lockMs / 1000)} s, over`);
  return { state: "decided", decision: begun.decision };
}

function assertGood({ spec, status }: Decision): void {
  if (status?.state === undefined || status.state === "passed" || verified.includes(status.state)) return;
  const why = status.reasons?.join(" ") ?? "governance gives no reason";
  throw new Error(`"${spec.title}" is ${status.state}: ${why}`);
}

/** `1 of 1 in favour: class routine, quorum 1 of 1 (cast)`. */
function tallyWords({ status }: Decision): string {
  const { inFavour = 0, electors = 0 } = status?.tally ?? {};
  return `${inFavour} of ${electors} in favour; class ${status?.class}, quorum ${status?.quorum}`;
}

function labelOf(proposal: string): string {
  return proposalLabel(proposal.slice(proposal.indexOf("/") + 1));
}
