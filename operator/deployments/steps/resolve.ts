/**
 * What the reference means. Once taken, the answer stays in `status.model` until the spec names something else or pins another
 * digest: a tag that moves is shown as available and taken only when the spec says so. A registry that is down changes
 * nothing for what is already known.
 */
import type { ModelDeploymentReason } from "../../apis/conditions/model-deployment.ts";
import type { ResolvedModel } from "../../apis/model-deployment.ts";
import { rfc3339 } from "../../clock/clock.ts";
import { ModelError } from "../../models/model-error.ts";
import { printable } from "../../text/printable.ts";
import type { Draft } from "../draft.ts";
import { modelInWords } from "../model-in-words.ts";
import type { Resolution, ResolutionFailure } from "../resolution.ts";
import { fullReference, names } from "../source.ts";
import { lastWanted, wantedOf } from "../wanted.ts";
import { asksForTheCopy } from "./fill.ts";

export function resolve(draft: Draft): void {
  resolveReference(draft);
  draft.wanted ??= lastWanted(draft.snapshot, draft.status.model, draft.replicas);
}

function resolveReference(draft: Draft): void {
  const { deployment, insecureRegistries } = draft.snapshot;
  const reference = readable(draft);
  if (reference === undefined) return;
  sayNoUpdate(draft);
  const answer = answerFor(draft, reference);
  const model = draft.status.model;
  if (model && names(deployment.spec.model, model) && pinHolds(draft, model)) {
    draft.say("Resolved", "True", "ReferenceResolved", modelInWords(model));
    proposeOrTrack(draft, model, answer);
    askAgain(draft, reference, model);
  } else if (answer && pinHolds(draft, answer.model)) {
    take(draft, answer);
  } else {
    unresolved(draft, reference, answer);
    return;
  }
  const settled = draft.status.model;
  if (settled) draft.wanted = wantedOf(deployment, settled, insecureRegistries);
}

function readable(draft: Draft): string | undefined {
  try {
    return fullReference(draft.snapshot.deployment.spec.model);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    refuse(draft, reasonOf(error.code), error.message);
    return undefined;
  }
}

function pinHolds(draft: Draft, model: Pick<ResolvedModel, "digest">): boolean {
  const pin = draft.snapshot.deployment.spec.model.digest;
  return pin === undefined || pin === model.digest;
}

function answerFor(draft: Draft, reference: string): Resolution | undefined {
  const { resolution } = draft.snapshot;
  return resolution.reference === reference ? resolution.result : undefined;
}

function take(draft: Draft, { model }: Resolution): void {
  const before = draft.status.model;
  draft.status.model = { ...model, resolvedAt: rfc3339(draft.now) };
  delete draft.status.available;
  draft.say("Resolved", "True", "ReferenceResolved", modelInWords(model));
  sayNoUpdate(draft);
  const text = modelInWords(model);
  draft.tell("Normal", before ? "UpdateTaken" : "Resolved", before ? `${text}; before it was ${before.digest}` : text);
}

function proposeOrTrack(draft: Draft, model: ResolvedModel, answer: Resolution | undefined): void {
  const { update, model: source } = draft.snapshot.deployment.spec;
  if (answer && answer.model.digest !== model.digest) {
    if (update === "Track" && source.digest === undefined) {
      take(draft, answer);
      return;
    }
    propose(draft, answer.model.digest);
  } else if (answer) {
    delete draft.status.available;
    followSite(model, answer.model);
  }
  const { available } = draft.status;
  if (!available) {
    sayNoUpdate(draft);
    return;
  }
  draft.say(
    "UpdateAvailable",
    "True",
    "TagPointsElsewhere",
    `${model.reference} is ${available.digest} now, ${model.digest} is served; to take it, write spec.model.digest: ${available.digest}`,
  );
}

/** The same model may be had somewhere else now: in the site's registry since it was put there, or no longer. */
function followSite(model: ResolvedModel, { pulledFrom }: Resolution["model"]): void {
  if (pulledFrom === undefined) delete model.pulledFrom;
  else model.pulledFrom = pulledFrom;
}

function sayNoUpdate(draft: Draft): void {
  if (draft.snapshot.deployment.spec.model.files) {
    const words = "The files are named by their content: there is no tag that could point elsewhere.";
    draft.say("UpdateAvailable", "False", "PinnedByContent", words);
  } else if (draft.status.model) {
    draft.say("UpdateAvailable", "False", "UpToDate", "The tag points at what is served.");
  }
}

function propose(draft: Draft, digest: string): void {
  if (draft.status.available?.digest === digest) return;
  draft.status.available = { digest, seenAt: rfc3339(draft.now) };
  draft.tell(
    "Normal",
    "UpdateAvailable",
    `The tag points at ${digest} now; what is served stays until the spec says so`,
  );
}

function askAgain(draft: Draft, reference: string, model: ResolvedModel): void {
  const { resolution } = draft.snapshot;
  if (model.source === "Files" || resolution.running) return;
  if (draft.now >= resolution.recheckAt || asksForTheCopy(draft, model)) draft.command({ kind: "Resolve", reference });
  else draft.wake(resolution.recheckAt);
}

/** The reference has no usable answer yet. What was served before stays served. */
function unresolved(draft: Draft, reference: string, answer: Resolution | undefined): void {
  const { resolution } = draft.snapshot;
  const failure = resolution.reference === reference ? resolution.failure : undefined;
  if (answer) pinNotServed(draft, answer);
  else if (failure) sayFailure(draft, failure);
  else draft.say("Resolved", "Unknown", "Resolving", `Asking what ${printable(reference, 400)} means`);
  if (resolution.running && resolution.reference === reference) return;
  const changed = (draft.written.observedGeneration ?? 0) < draft.snapshot.deployment.metadata.generation;
  const at = changed ? draft.now : (failure?.retryAt ?? (answer ? resolution.recheckAt : draft.now));
  if (draft.now >= at) draft.command({ kind: "Resolve", reference });
  else draft.wake(at);
}

function pinNotServed(draft: Draft, { model }: Resolution): void {
  const pin = draft.snapshot.deployment.spec.model.digest;
  refuse(
    draft,
    "PinNotServed",
    `${model.reference} is ${model.digest}, but the spec pins ${pin}. To take what is served now, write spec.model.digest: ${model.digest}; to keep the pin, name a tag that serves it, or a registry that still has it`,
  );
}

function sayFailure(draft: Draft, { code, message, terminal }: ResolutionFailure): void {
  if (terminal) refuse(draft, reasonOf(code), message);
  else draft.say("Resolved", "False", reasonOf(code), `${message.replace(/[.\s]+$/, "")}. It is asked again by itself`);
}

function refuse(draft: Draft, reason: ModelDeploymentReason, message: string): void {
  draft.say("Resolved", "False", reason, message);
  draft.say("Stalled", "True", reason, message);
}

const reasons: Readonly<Record<string, ModelDeploymentReason>> = {
  InvalidReference: "InvalidReference",
  LeavesTheMachine: "CloudModel",
  NotFound: "ModelNotFound",
  Denied: "RegistryDenied",
  Refused: "RegistryFailed",
  NotAModel: "UnsupportedModel",
  BadGguf: "UnsupportedModel",
  AddressRefused: "AddressRefused",
  Unreachable: "RegistryUnreachable",
  TooManyRequests: "RegistryUnreachable",
};

function reasonOf(code: string): ModelDeploymentReason {
  return reasons[code] ?? "RegistryFailed";
}
