/** Watches a proposal's Decision in the cluster: what governance says of it. */
import { type Decision, type DecisionState, decisions } from "../../../../operator/apis/decision.ts";
import type { Clock } from "../../../../operator/clock/clock.ts";
import type { KubeClient } from "../../../../operator/kube/client.ts";

export interface FollowDecisionOptions {
  readonly clock: Clock;
  /** How long nothing may change; then nobody waits any longer. */
  readonly patienceMs: number;
  /** What governance complains about, where it says nothing of this decision. */
  readonly trouble: () => string | undefined;
  readonly onNews: (text: string) => void;
  /** Whether waiting cannot help. */
  readonly isHopeless?: (decision: Decision) => boolean;
  readonly signal: AbortSignal;
}

const everyMs = 200;
const unseen = "governance has not looked at it yet";

export type Followed =
  | { readonly isThere: true; readonly decision: Decision }
  /** Nothing moved any more; why, in governance's own words. */
  | { readonly isThere: false; readonly why: string };

/** `name`: of the Decision. Resolves when it is in one of the states, or when nothing moves for longer than the patience. */
export async function followDecision(
  client: Pick<KubeClient, "get">,
  name: string,
  states: readonly DecisionState[],
  options: FollowDecisionOptions,
): Promise<Followed> {
  const { clock, patienceMs, trouble, onNews, isHopeless, signal } = options;
  let seen: string | undefined;
  let movedAt = clock.now();
  for (;;) {
    const decision = await client.get<Decision>(decisions, { name }, { signal });
    const state = decision?.status?.state;
    if (decision && state && states.includes(state)) return { isThere: true, decision };
    const version = decision?.metadata.resourceVersion;
    if (version !== seen) [seen, movedAt] = [version, clock.now()];
    const words = decision ? whyNot(decision) : unseen;
    onNews(words);
    if (decision && isHopeless?.(decision)) return { isThere: false, why: words };
    if (clock.now() - movedAt >= patienceMs) return { isThere: false, why: trouble() ?? words };
    await clock.sleep(everyMs, signal);
  }
}

/** What is still to come, or why nothing is. */
export function whyNot({ status }: Decision): string {
  const messageOf = (type: string): string | undefined =>
    status?.conditions?.find((condition) => condition.type === type)?.message;
  if (status?.state === "open" || status?.state === "needsConsent") {
    return status.reasons?.join(" ") || (messageOf("Decided") ?? unseen);
  }
  return messageOf("Held")?.startsWith("may be applied") ? "timelock" : (messageOf("Applied") ?? unseen);
}
