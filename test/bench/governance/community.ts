/** A control plane that is governed, and the real governance process under its generated permissions, as `npm start` runs it. */
import { join } from "node:path";
import { adminClient } from "../../../cli/up/community/admin-client.ts";
import { installManifests } from "../../../cli/up/community/manifests.ts";
import { type RunningService, startService } from "../../../cli/up/community/services.ts";
import { type ControlPlane, serviceAccount, startControlPlane } from "../../../cli/up/control-plane/control-plane.ts";
import { createStack } from "../../../cli/up/processes/stack.ts";
import { systemNamespace } from "../../../operator/apis/group.ts";
import { governanceService } from "../../../operator/apis/permissions.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import type { Bench } from "../benchmark.ts";
import { profiled, serviceEnvironment } from "../processes/service-environment.ts";
import type { Programs } from "../programs.ts";
import { namespace, type PolicyRepository } from "./repository.ts";

const identity = serviceAccount(systemNamespace, governanceService.name);
export const governanceUser = identity.user;

export interface Governed {
  readonly plane: ControlPlane;
  /** May do everything but what only governance may. */
  readonly client: KubeClient;
  /** As the governance service. */
  readonly governor: KubeClient;
  readonly kubeconfig: string;
}

/** Runs `use` with a control plane of its own, which is gone afterwards. */
export async function governed<T>(
  bench: Bench,
  { paths }: Programs,
  name: string,
  use: (bench: Bench, place: Governed) => Promise<T>,
): Promise<T> {
  const { root, scratch, signal } = bench;
  const stack = createStack();
  bench.stack.add({ name, stop: () => stack.stop() });
  try {
    const directory = join(scratch, name);
    const options = { programs: paths, identities: [identity], durable: false, audit: true, signal };
    const plane = stack.add(await startControlPlane({ directory, ...options }));
    const { client } = stack.add(adminClient(plane.adminKubeconfigPath, systemClock));
    const install = { governance: true, governedNamespaces: [namespace] };
    await installManifests(client, root, systemClock, signal, install);
    const kubeconfig = plane.kubeconfig(identity);
    const { client: governor } = stack.add(adminClient(kubeconfig, systemClock));
    return await use({ ...bench, scratch: directory, stack }, { plane, client, governor, kubeconfig });
  } finally {
    await stack.stop();
  }
}

export interface ServiceOptions {
  readonly pollMs: number;
  /** Of its profile. */
  readonly name: string;
}

/** Resolves when it has passed once, which is when the genesis is in the cluster. */
export async function startGovernanceService(
  bench: Bench,
  { kubeconfig }: Governed,
  { repository, genesis }: PolicyRepository,
  { pollMs, name }: ServiceOptions,
): Promise<RunningService> {
  const { root, scratch, signal } = bench;
  const env = {
    COMMONHOLD_NAMESPACE: systemNamespace,
    COMMONHOLD_GOVERNANCE_PORT: "0",
    COMMONHOLD_GOVERNANCE_STATE: join(scratch, "state"),
    COMMONHOLD_GOVERNED_NAMESPACES: namespace,
    COMMONHOLD_POLICY: repository.path,
    COMMONHOLD_POLICY_GENESIS: genesis,
    COMMONHOLD_POLL_MS: String(pollMs),
    KUBECONFIG: kubeconfig,
    ...profiled(bench, name),
  };
  const place = {
    ...{ compiled: join(root, "dist"), logs: scratch, clock: systemClock, signal },
    baseEnv: serviceEnvironment(),
  };
  const spec = { name, entry: "governance/main.js", readyPath: "/healthz", env };
  return bench.stack.add(await startService(spec, place));
}

const readyDeadlineMs = 10 * 60_000;
const lookEveryMs = 100;

/** Until it leads, its log is open and it has passed once. `onLook` is told how that goes on. */
export async function untilPassed({ signal }: Bench, service: RunningService, onLook = (): void => {}): Promise<void> {
  const deadline = Date.now() + readyDeadlineMs;
  for (;;) {
    const answers = await Promise.all(
      ["/checkpoint", "/readyz"].map((path) => fetch(`${service.url}${path}`, { signal })),
    );
    onLook();
    if (answers.every(({ ok }) => ok)) return;
    if (service.process.exit) throw service.process.failure();
    if (Date.now() > deadline) {
      throw new Error(
        `the governance service had not passed once after ${readyDeadlineMs / 60_000} min: ${service.process.logTail().at(-1)}`,
      );
    }
    await systemClock.sleep(lookEveryMs, signal);
  }
}

/** As a git server's hook does after a push. */
export async function tellOfPush({ url }: RunningService, signal: AbortSignal): Promise<void> {
  const answer = await fetch(`${url}/webhooks/push`, { method: "POST", signal });
  if (!answer.ok) throw new Error(`the governance service answers a push notice with ${answer.status}`);
}
