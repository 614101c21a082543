/** Starts operator, gateway and governance at once, each with its own permissions and settings. */
import { join } from "node:path";
import { systemNamespace } from "../../../operator/apis/group.ts";
import { gatewayService, governanceService, operatorService } from "../../../operator/apis/permissions.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import { leases } from "../../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import { type ControlPlane, serviceAccount } from "../control-plane/control-plane.ts";
import type { Stack } from "../processes/stack.ts";
import type { StateDirectory } from "../state/directory.ts";
import type { PolicyRepository } from "./policy/repository.ts";
import { rememberedPort } from "./ports.ts";
import { communityNamespace } from "./sample.ts";
import { type RunningService, type ServicePlace, type ServiceSpec, startService } from "./services.ts";

export interface StartServicesOptions {
  /** Root of the clone or package. */
  readonly root: string;
  readonly state: StateDirectory;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly plane: ControlPlane;
  /** The person's own access to it. */
  readonly client: Pick<KubeClient, "remove">;
  readonly policy: PolicyRepository;
  /** URLs on this machine that models and files are fetched from. */
  readonly addresses: readonly string[];
  readonly stack: Stack;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Services {
  readonly operator: RunningService;
  readonly gateway: RunningService;
  /** Its port is open; whether it leads and has looked is for `awaitGovernance` to say. */
  readonly governance: RunningService;
}

/** The default of the gateway itself; another one where that is taken. */
const gatewayPortPreferred = 11435;
/** Nobody tells governance of a push that a person makes by hand. */
const pollMs = 5_000;

/** All that were started are on the stack, also where one of them fails. */
export async function startServices(options: StartServicesOptions): Promise<Services> {
  const { stack } = options;
  const place: ServicePlace = {
    compiled: join(options.root, "dist"),
    logs: options.state.logs,
    baseEnv: baseEnvironment(options.env),
    clock: options.clock,
    signal: options.signal,
  };
  await dropLeases(options);
  const specs = await serviceSpecs(options);
  const starting = specs.map((spec) => startService(spec, place).then((part) => stack.add(part)));
  await Promise.allSettled(starting);
  const [operator, gateway, governance] = await Promise.all(starting);
  if (!operator || !gateway || !governance) throw new TypeError("one service for each of the three specs");
  return { operator, gateway, governance };
}

/**
 * A run that was killed could not give its leases back. Its services ended with it, and nobody but us runs on this directory: the time
 * for which they would have led need not be waited for.
 */
async function dropLeases({ client, signal }: StartServicesOptions): Promise<void> {
  const names = [operatorService.name, governanceService.name];
  await Promise.all(names.map((name) => client.remove(leases, { name, namespace: systemNamespace }, { signal })));
}

async function serviceSpecs({ state, plane, policy, addresses }: StartServicesOptions): Promise<ServiceSpec[]> {
  const allowed = addresses.map((address) => new URL(address).host).join(",");
  const common = (service: string) => ({
    COMMONHOLD_NAMESPACE: systemNamespace,
    COMMONHOLD_ALLOWED_ADDRESSES: allowed,
    COMMONHOLD_HOST_ADDRESSES: allowed,
    KUBECONFIG: plane.kubeconfig(serviceAccount(systemNamespace, service)),
  });
  const port = await rememberedPort(state.path, "gateway", gatewayPortPreferred);
  return [
    {
      name: "operator",
      entry: "operator/main.js",
      env: { ...common(operatorService.name), COMMONHOLD_OPERATOR_PORT: "0" },
    },
    {
      name: "gateway",
      entry: "api/main.js",
      env: {
        ...common(gatewayService.name),
        COMMONHOLD_GATEWAY_HOST: "127.0.0.1",
        COMMONHOLD_GATEWAY_PORT: String(port),
      },
    },
    {
      name: "governance",
      entry: "governance/main.js",
      readyPath: "/healthz",
      env: {
        ...common(governanceService.name),
        COMMONHOLD_GOVERNANCE_PORT: "0",
        COMMONHOLD_GOVERNANCE_STATE: state.governance,
        COMMONHOLD_GOVERNED_NAMESPACES: communityNamespace,
        COMMONHOLD_POLICY: policy.url,
        COMMONHOLD_POLICY_GENESIS: policy.genesis,
        COMMONHOLD_POLL_MS: String(pollMs),
      },
    },
  ];
}

/** What a service needs of our environment to run at all; no keys of the person's shell get into a service. */
function baseEnvironment(env: StartServicesOptions["env"]): Record<string, string> {
  const names = [
    "PATH",
    "HOME",
    "TZ",
    "LANG",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
  ];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
