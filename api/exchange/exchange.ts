/** One client's request and everything done for it: read, name, place, ask, forward. Each step is a file of its own. */
import type { ServerResponse } from "node:http";
import { fullName } from "../catalogue/snapshot.ts";
import type { Principal } from "../members/authenticate.ts";
import type { InferenceRoute } from "../protocols/protocol.ts";
import { readInferenceRequest } from "../protocols/request.ts";
import { resolveModel } from "../routing/name.ts";
import type { ActiveRequest } from "./active.ts";
import type { Facts } from "./facts.ts";
import { forwardAnswer } from "./forward.ts";
import type { Gateway } from "./gateway.ts";
import { obtainAnswer } from "./obtain.ts";

export interface Incoming {
  readonly route: InferenceRoute;
  readonly body: Uint8Array;
  readonly principal: Principal;
  readonly active: ActiveRequest;
  readonly facts: Facts;
  readonly response: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
  /** From here on the response is written to directly. */
  readonly takeOver: () => void;
}

/** Throws only before the first byte: a `GatewayError`, or `ClientLeft`. */
export async function exchange(gateway: Gateway, incoming: Incoming): Promise<void> {
  const { route, principal, facts, active } = incoming;
  const request = readInferenceRequest(route, incoming.body);
  const snapshot = gateway.catalogue.snapshot();
  const deployment = fullName(resolveModel(request.model, snapshot, principal.deployments));
  facts.deployment = deployment;
  const { member } = principal;
  const obtained = await obtainAnswer(gateway, { route, request, deployment, member, active, facts });
  try {
    facts.firstByteMs = gateway.clock.now() - facts.arrivedMs;
    incoming.takeOver();
    await forwardAnswer(gateway, {
      ...incoming,
      protocol: route.protocol,
      answer: obtained.answer,
      asked: request.model,
    });
  } finally {
    obtained.release();
  }
}
