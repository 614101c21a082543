/**
 * The next step of each replica on its host. Nothing is remembered about how far it came: the checks look at what is on the
 * host now, from the end of the way back to its beginning, and the first that has something to say decides. So a restart,
 * a model deleted by hand and a pull that was cut are all the same: what is missing is made.
 *
 *   pull → verify → alias (the base, ours) → take the download's name away → served model → load and probe → Ready
 *   files → base ──────────────────────────────────────────────────────────┘
 */
import type { ModelDeploymentReason } from "../../apis/conditions/model-deployment.ts";
import type { Replica, ReplicaState } from "../../apis/model-deployment.ts";
import type { TaskStep } from "../command.ts";
import { type Draft, hostOf } from "../draft.ts";
import { waitForTheSite } from "./fill.ts";
import { aliasIt, dropTheDownload, makeTheBase, pullIt, waitForAnHonestTag } from "./obtain.ts";
import { keepAsItIs, loadIt, makeItServed, serveIt } from "./serve.ts";
import { type Situation, situationOf } from "./situation.ts";
import { followTheTask, stayAway, untilItIsWrittenDown, waitForTheNextTry } from "./wait.ts";

/** Where a replica stands, and what is to be done next, if anything. */
export interface Next {
  readonly state: ReplicaState;
  readonly reason?: ModelDeploymentReason;
  readonly message?: string;
  readonly step?: TaskStep;
}

export type Check = (at: Situation) => Next | undefined;

const checks: readonly Check[] = [
  stayAway, // the host does not answer
  followTheTask, // something is under way
  waitForTheNextTry, // it failed a moment ago
  keepAsItIs, // of older settings: it serves until its successor is ready
  serveIt, // all is there and in memory
  untilItIsWrittenDown, // no step on a host before its names are stored
  loadIt, // on disk as it was made, not in memory
  dropTheDownload, // the base is there: the download's name has done its work
  makeItServed, // the base is there: derive the served model
  aliasIt, // verified content under another name
  makeTheBase, // from files
  waitForAnHonestTag, // the registry does not serve this content under this name any more
  waitForTheSite, // the site's registry fetches it for all
  pullIt,
];

export function realise(draft: Draft): void {
  if (!draft.snapshot.hostsSynced) return;
  for (const replica of draft.replicas) {
    if (replica.state === "Removing") continue;
    const situation = situationOf(draft, replica);
    if (!situation) continue;
    const next = firstOf(situation);
    if (next) carryOut(draft, replica, inTurn(situation, next));
  }
}

function firstOf(situation: Situation): Next | undefined {
  for (const check of checks) {
    const next = check(situation);
    if (next) return next;
  }
  return undefined;
}

/** A host that has enough to do is not asked for more: one slow pull less is one finished sooner. */
function inTurn({ draft, host }: Situation, next: Next): Next {
  const { busy, limits } = draft.snapshot;
  const running = busy.get(host.name) ?? 0;
  if (!next.step || running < limits.stepsPerHostMax) return next;
  draft.wake(draft.now + limits.turnMs);
  const message = `Waits for its turn: ${running} other steps run on ${host.name}.`;
  return { state: "Pending", reason: "Waiting", message };
}

function carryOut(draft: Draft, replica: Replica, next: Next): void {
  if (next.state === "Ready" && replica.state !== "Ready") {
    draft.tell("Normal", "ReplicaReady", `Replica ${replica.id} on ${hostOf(replica)?.name} answered its probe`);
  }
  draft.move(replica, next.state, next.reason, next.message);
  // Set while it has answered a probe since it was last loaded: a host that was away and comes back needs no second one.
  if (next.state !== "Ready" && next.state !== "Lost") delete replica.digest;
  if (next.state === "Ready") {
    delete replica.completedBytes;
    delete replica.totalBytes;
    delete replica.attempts;
    delete replica.retryAfter;
  }
  const host = hostOf(replica)?.name;
  if (next.step && host) draft.command({ kind: "StartTask", replica: replica.id, host, step: next.step });
}
