/** One look at the hosts: a free place for this request, "all are taken", or the error that says why there is none to wait for. */
import type { GenerationParameters, ModelDeployment } from "../../operator/apis/model-deployment.ts";
import { gatewayError } from "../errors.ts";
import { type Candidate, findCandidates } from "../routing/candidates.ts";
import { chooseOfTwo, hasFreePlace, type Load } from "../routing/choose.ts";
import { noReplicaWords, refusalWords } from "../routing/words.ts";
import type { HostFailure } from "../upstreams/failure.ts";
import type { Pick } from "../upstreams/turns.ts";
import type { Gateway } from "./gateway.ts";

export interface Wanted {
  /** `namespace/name` */
  readonly deployment: string;
  /** As the client wrote it. */
  readonly asked: string;
  readonly member: string;
  /** Hosts that failed for this request. */
  readonly failures: ReadonlyMap<string, HostFailure>;
}

export interface Place {
  readonly host: string;
  readonly model: string;
  readonly candidate: Candidate;
  readonly parameters: GenerationParameters;
}

const notReadyRetryS = 5;

export function pickPlace(gateway: Gateway, wanted: Wanted): Pick<Place> {
  const { catalogue, observed, clock, random } = gateway;
  const { hosts, deployments } = catalogue.snapshot();
  const deployment = deployments.get(wanted.deployment);
  if (!deployment) throw goneError(wanted);
  const failed = new Map([...wanted.failures].map(([host, failure]) => [host, failure.message]));
  const circuitOpenUntilMs = (host: string): number | undefined => observed.circuitOpenUntilMs(host);
  const found = findCandidates({ deployment, hosts, member: wanted.member, circuitOpenUntilMs, failed });
  if (found.candidates.length === 0) throw nobodyError(wanted, deployment, refusalWords(found.refusals, clock.now()));
  const load = (candidate: Candidate): Load => loadOf(gateway, candidate);
  const free = found.candidates.filter((candidate) => hasFreePlace(load(candidate)));
  const candidate = chooseOfTwo(free, load, random);
  if (!candidate) return { capacity: found.candidates.reduce((sum, { parallel }) => sum + parallel, 0) };
  const { parameters } = deployment.spec;
  return { place: { host: candidate.host.metadata.name, model: candidate.model, candidate, parameters } };
}

function loadOf({ turns, observed }: Gateway, { host, model, parallel }: Candidate): Load {
  const { name } = host.metadata;
  return { inFlight: turns.inFlight({ host: name, model }), parallel, firstByteMs: observed.firstByteMs(name, model) };
}

/** All failed, all busy, or none was ready: three different sentences, because three different people have to act. */
function nobodyError(wanted: Wanted, deployment: ModelDeployment, refusals: string): Error {
  const failures = [...wanted.failures.values()];
  const model = wanted.asked;
  if (failures.length > 0 && failures.every(({ reason }) => reason === "busy")) {
    const detail = "each said so itself";
    return gatewayError(
      "all_hosts_busy",
      { model, detail, retryAfterS: notReadyRetryS },
      { retryAfterS: notReadyRetryS },
    );
  }
  if (failures.length > 0)
    return gatewayError("hosts_failed", { model, reasons: refusals }, { retryAfterS: notReadyRetryS });
  const reasons = refusals || noReplicaWords(deployment);
  return gatewayError("model_not_ready", { model, reasons }, { retryAfterS: notReadyRetryS });
}

function goneError({ asked }: Wanted): Error {
  return gatewayError("model_not_found", { model: asked, hint: "It was deleted just now." }, { param: "model" });
}
