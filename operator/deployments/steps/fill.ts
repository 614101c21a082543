/**
 * A model that the site's registry is about to fetch crosses the line once, and not once per host: hosts wait for the copy. They wait from when the
 * model was resolved, which is in the status, for no longer than a thin line takes; and not at all where the site's registry is away.
 */
import type { ResolvedModel } from "../../apis/model-deployment.ts";
import { rfc3339 } from "../../clock/clock.ts";
import { formatBytes } from "../../text/bytes.ts";
import type { Draft } from "../draft.ts";
import type { Limits } from "../limits.ts";
import { lacksCopy } from "../resolution.ts";
import type { Next } from "./realise.ts";
import type { Situation } from "./situation.ts";

export function waitForTheSite({ draft, wanted }: Situation): Next | undefined {
  const { model } = draft.status;
  if (!wanted?.pull || !model || !mayCome(draft, model)) return undefined;
  const { result, failure } = draft.snapshot.resolution;
  // Not known is after a restart: it is asked now (`asksForTheCopy`).
  const comes = result ? result.model.digest === model.digest && lacksCopy(result) : failure === undefined;
  if (!comes) return undefined;
  const until = waitsUntil(model, draft.snapshot.limits);
  draft.wake(until);
  return {
    state: "Pending",
    reason: "SiteRegistryFills",
    message: `The site's registry fetches ${model.reference} first (${formatBytes(model.sizeBytes)}), so that it crosses the line once. Hosts download it from there as soon as it is there, or from its own registry from ${rfc3339(until)} on; the registry's pod says in its log how far it is.`,
  };
}

/** Whether to ask now what the site has: nobody knows since a restart, and a replica may wait for the answer. */
export function asksForTheCopy(draft: Draft, model: ResolvedModel): boolean {
  const { result, failure } = draft.snapshot.resolution;
  return mayCome(draft, model) && result === undefined && failure === undefined;
}

function mayCome({ snapshot, now }: Draft, model: ResolvedModel): boolean {
  const { siteFills, limits } = snapshot;
  if (!siteFills || model.source !== "Registry" || model.pulledFrom !== undefined) return false;
  return now < waitsUntil(model, limits);
}

function waitsUntil({ resolvedAt, sizeBytes }: ResolvedModel, limits: Limits): number {
  const lineMs = (sizeBytes / limits.fillBytesPerSecond) * 1_000;
  return Date.parse(resolvedAt ?? "") + Math.ceil(lineMs / 1_000) * 1_000 + limits.fillGraceMs;
}
