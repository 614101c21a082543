/** What a host says about a deployment's model (`/api/show`): a question beside generation, which takes no place on the host. */
import { gatewayError } from "../errors.ts";
import { findCandidates } from "../routing/candidates.ts";
import { noReplicaWords, refusalWords } from "../routing/words.ts";
import { type Answer, ask } from "../upstreams/ask.ts";
import { HostFailure } from "../upstreams/failure.ts";
import type { ActiveRequest } from "./active.ts";
import type { Gateway } from "./gateway.ts";

export interface DescribeOptions {
  /** `namespace/name` */
  readonly deployment: string;
  /** As the client wrote it. */
  readonly asked: string;
  readonly member: string;
  readonly requestId: string;
  readonly active: ActiveRequest;
}

/** The whole of a model's licence and template is in it; a vocabulary (`verbose`) is not asked for. */
const descriptionBytesMax = 1024 * 1024;
const describeTimeoutMs = 10_000;

/** The host's answer, unchecked. Throws a `GatewayError`, or the signal's reason. */
export async function describeModel(gateway: Gateway, options: DescribeOptions): Promise<Record<string, unknown>> {
  const { asked, requestId, active } = options;
  const { signal, abort } = active;
  const { candidates, words } = candidatesFor(gateway, options);
  if (candidates.length === 0) throw gatewayError("model_not_ready", { model: asked, reasons: words });
  const reasons: string[] = [];
  for (const { host, model } of candidates.slice(0, gateway.settings.attemptsMax)) {
    const question = {
      path: "/api/show",
      body: JSON.stringify({ model }),
      asked,
      served: model,
      requestId,
      signal,
      abort,
    };
    try {
      const upstream = await gateway.upstreams.of(host);
      const answer = await ask(upstream, { ...question, firstByteTimeoutMs: describeTimeoutMs }, gateway.clock);
      return await objectOf(answer);
    } catch (error) {
      if (!(error instanceof HostFailure)) throw error;
      reasons.push(`${host.metadata.name} ${error.message}`);
    }
  }
  throw gatewayError("hosts_failed", { model: asked, reasons: reasons.join("; ") });
}

function candidatesFor({ catalogue, observed, clock }: Gateway, options: DescribeOptions) {
  const { hosts, deployments } = catalogue.snapshot();
  const deployment = deployments.get(options.deployment);
  if (!deployment) return { candidates: [], words: "it was deleted just now" };
  const circuitOpenUntilMs = (host: string): number | undefined => observed.circuitOpenUntilMs(host);
  const asking = { deployment, hosts, member: options.member, circuitOpenUntilMs, failed: new Map<string, string>() };
  const { candidates, refusals } = findCandidates(asking);
  return { candidates, words: refusalWords(refusals, clock.now()) || noReplicaWords(deployment) };
}

async function objectOf(answer: Answer): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (let chunk = answer.first; chunk; chunk = (await answer.rest.next()).value as Buffer | undefined) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > descriptionBytesMax) {
      await answer.rest.return?.();
      throw new HostFailure("not_understood", "describes the model with too many bytes");
    }
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw new HostFailure("not_understood", "describes the model in something that is no JSON", { cause });
  }
  throw new HostFailure("not_understood", "describes the model in something that is no object");
}
