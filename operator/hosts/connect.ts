/**
 * Makes the driver for an endpoint, behind the address policy: what a ModelHost names is dialled only where the configuration allows it, and
 * the address that is checked is the one that is connected to.
 */
import { Pool } from "undici";
import { policedConnector } from "../addresses/connector.ts";
import type { AddressPolicy } from "../addresses/policy.ts";
import type { Clock } from "../clock/clock.ts";
import { connectionsMax, connectTimeoutMs, hostUrl, pinProblem } from "../engines/dispatcher.ts";
import type { Engine, HostEndpoint } from "../engines/engine.ts";
import { EngineError } from "../engines/error.ts";
import { ollamaEngine } from "../engines/ollama/driver.ts";

/** Dials nothing yet. */
export type Connect = (endpoint: HostEndpoint) => Engine;

export function connectThrough(policy: AddressPolicy, clock: Clock): Connect {
  return (endpoint) => ollamaEngine(endpoint, { clock, dispatcher: () => policedPool(endpoint, policy) });
}

/** Timers of headers and bodies are switched off: every call of the driver brings its own. */
function policedPool(endpoint: HostEndpoint, policy: AddressPolicy): Pool {
  const { ca, clientCertificate, pinnedKeySha256: pin } = endpoint;
  const connect = policedConnector({
    policy,
    timeoutMs: connectTimeoutMs,
    // Whether plain http is fine was judged before (`transport.ts`): what goes over it is nobody's secret.
    plainHttp: "anywhere",
    ...(ca === undefined ? {} : { ca }),
    tls: {
      ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
      // With a pin alone the key itself is what is trusted.
      rejectUnauthorized: pin === undefined || ca !== undefined,
    },
    ...(pin === undefined
      ? {}
      : {
          verify: (socket) => {
            const problem = pinProblem(socket, pin);
            return problem === undefined ? undefined : new EngineError("Untrusted", problem);
          },
        }),
  });
  const options = { connections: connectionsMax, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect };
  return new Pool(hostUrl(endpoint).origin, options);
}
