/**
 * Puts the service together and starts it: its port at once, and, while it leads, the rollout and pass after pass. Only one of several
 * leads: they would append to one log.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LeaderElector, leaseTimes } from "../../operator/kube/lease.ts";
import { type Running, untilStopped } from "../../operator/kube/running.ts";
import { openRepository } from "../git/open.ts";
import type { GovernanceDependencies, Shared } from "./dependencies.ts";
import { webhookSecretsOf } from "./forge-of.ts";
import { createGovernanceMetrics } from "./metrics.ts";
import { startServer } from "./server.ts";
import { lead } from "./term.ts";

export interface RunningGovernance extends Running {
  /** Of its own port: webhooks, health and metrics. */
  readonly url: string;
  /** Gives the lease back and ends all work. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

/** The Lease's name; `permissions.ts` grants it by this name. */
export const leaseName = "commonhold-governance";

export async function startGovernance(dependencies: GovernanceDependencies): Promise<RunningGovernance> {
  const { settings, client, clock, random, logger, identity } = dependencies;
  await mkdir(settings.state, { recursive: true, mode: 0o700 });
  const repository = await openRepository({
    path: join(settings.state, "repository.git"),
    // The folder belongs to this service alone: what a killed git left in it is in nobody's way.
    isOnlyWriter: true,
    clock,
    environment: dependencies.environment,
  });
  const metrics = createGovernanceMetrics();
  const shared: Shared = { repository, metrics, now: { hasPassed: false, wake: () => undefined } };
  const elector = new LeaderElector({
    ...{ client, clock, random, identity },
    namespace: settings.namespace,
    name: leaseName,
    ...leaseTimes(settings.leaseDurationMs),
    onError: (err) => logger.warn({ err }, "taking or renewing the lease failed"),
    onLeader: (leader) => {
      shared.now.leader = leader;
      logger.info({ event: "leader", leader, self: leader === identity }, "who leads");
    },
  });
  const webhookSecrets = await webhookSecretsOf(settings);
  const server = await startServer({
    address: settings.listenAddress,
    port: settings.port,
    registry: metrics.registry,
    clock,
    waitsFor: () => waitsFor(shared, identity),
    checkpoint: () => shared.now.log?.cosigned ?? shared.now.log?.checkpoint,
    wake: () => shared.now.wake(),
    count: (outcome) => metrics.webhooks.inc({ outcome }),
    ...(webhookSecrets && { webhookSecrets }),
  });
  const stopping = new AbortController();
  const work = elector.run(stopping.signal, async (term) => {
    metrics.isLeader.set(1);
    const leading = { ...dependencies, client: client.withFence(elector.fence) };
    await lead(leading, shared, term).finally(() => metrics.isLeader.set(0));
  });
  const running = untilStopped({
    stopping,
    reason: "the governance service stops",
    work,
    onFailed: (err) => logger.error({ err }, "the governance service failed"),
    close: () => Promise.all([server.close(), repository.close()]),
  });
  return { url: server.url, ...running };
}

/** While another one leads there is nothing to be ready for but to take over. */
function waitsFor({ now }: Shared, identity: string): string[] {
  if (now.leader === undefined) return ["a leader"];
  if (now.leader !== identity) return [];
  if (!now.log) return ["the decision log"];
  return now.hasPassed ? [] : ["the first pass"];
}
