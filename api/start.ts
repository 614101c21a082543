/** Puts a gateway together and starts it: everything it needs from outside comes in, one handle comes out. */
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { createAddressPolicy } from "../operator/addresses/policy.ts";
import type { Clock } from "../operator/clock/clock.ts";
import type { Random } from "../operator/clock/system.ts";
import type { Catalogue } from "./catalogue/catalogue.ts";
import { createActiveRequests } from "./exchange/active.ts";
import type { Gateway } from "./exchange/gateway.ts";
import { gaugesOf } from "./exchange/gauges.ts";
import { drain } from "./http/drain.ts";
import { createMemberUse } from "./members/limits.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { buildServer } from "./server.ts";
import type { Settings } from "./settings.ts";
import type { ReadSecret } from "./upstreams/endpoint.ts";
import { createObserved } from "./upstreams/observed.ts";
import { Turns } from "./upstreams/turns.ts";
import { createUpstreams } from "./upstreams/upstreams.ts";

export interface GatewayDependencies {
  readonly settings: Settings;
  readonly catalogue: Catalogue;
  readonly readSecret: ReadSecret;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly newRequestId: () => string;
}

export interface RunningGateway {
  /** `http://127.0.0.1:11435` */
  readonly url: string;
  readonly gateway: Gateway;
  /** Drains and closes every socket. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

export async function startGateway(dependencies: GatewayDependencies): Promise<RunningGateway> {
  const gateway = assemble(dependencies);
  const { catalogue, turns, upstreams, observed, settings } = gateway;
  const stopFollowing = catalogue.onChange(() => {
    const { hosts, deployments } = catalogue.snapshot();
    upstreams.keepOnly(hosts);
    observed.keepOnly(hosts);
    turns.keepOnly(deployments);
    turns.wakeAll();
  });
  let stopped: Promise<void> | undefined;
  const app = buildServer(gateway, () => stopped !== undefined);
  await app.listen({ host: settings.host, port: settings.port }).catch((cause: unknown) => {
    throw listenError(settings, cause);
  });
  const stop = async (): Promise<void> => {
    await drain(app, gateway);
    stopFollowing();
    await upstreams.close();
  };
  return {
    url: urlOf(app.server.address() as AddressInfo),
    gateway,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function assemble(dependencies: GatewayDependencies): Gateway {
  const { settings, clock, readSecret } = dependencies;
  const policy = createAddressPolicy({ allow: settings.hostAddresses, setting: "COMMONHOLD_HOST_ADDRESSES" });
  const gateway: Gateway = {
    ...dependencies,
    upstreams: createUpstreams(readSecret, { policy, connectTimeoutMs: settings.connectTimeoutMs }),
    observed: createObserved(clock),
    turns: new Turns(clock),
    memberUse: createMemberUse(clock),
    active: createActiveRequests(),
    metrics: createMetrics(),
  };
  gateway.metrics.onRead(gaugesOf(gateway));
  return gateway;
}

function listenError({ host, port }: Settings, cause: unknown): Error {
  const code = (cause as NodeJS.ErrnoException).code;
  const next = `set COMMONHOLD_GATEWAY_HOST and COMMONHOLD_GATEWAY_PORT (0 takes a free port)`;
  if (code === "EADDRINUSE")
    return new Error(`port ${port} of ${host} is taken by another program: ${next}`, { cause });
  if (code === "EACCES")
    return new Error(`port ${port} of ${host} needs more rights than this process has: ${next}`, { cause });
  return new Error(`cannot listen on ${host}, port ${port} (${code ?? String(cause)}): ${next}`, { cause });
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
