/** Puts a filler together and starts it: a cache that follows the ModelDeployments, its own port, and the loop. */
import { mkdir, statfs } from "node:fs/promises";
import type { Logger } from "pino";
import { Agent } from "undici";
import { createFetcher } from "../addresses/fetcher.ts";
import { createAddressPolicy } from "../addresses/policy.ts";
import { type ModelDeployment, modelDeployments } from "../apis/model-deployment.ts";
import type { Clock } from "../clock/clock.ts";
import type { Random } from "../clock/system.ts";
import type { KubeClient } from "../kube/client.ts";
import { Reflector } from "../kube/reflector.ts";
import { type Running, untilStopped } from "../kube/running.ts";
import { createStore } from "../kube/store.ts";
import { createRegistry } from "../models/registry.ts";
import { startServer } from "../server/server.ts";
import { Door } from "./door.ts";
import { Filler } from "./filler.ts";
import { defaultLimits, type FillerLimits } from "./limits.ts";
import { createFillerMetrics } from "./metrics.ts";
import type { FillerSettings } from "./settings.ts";

export interface FillerDependencies {
  readonly settings: FillerSettings;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits?: Partial<FillerLimits>;
  /** Left out: what the file system says. */
  readonly freeBytes?: () => Promise<number>;
}

export interface RunningFiller extends Running {
  /** Of its own port: health and metrics. */
  readonly url: string;
  /** Ends all work and every socket but the client's. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

export async function startFiller(dependencies: FillerDependencies): Promise<RunningFiller> {
  const { settings, client, clock, random, logger } = dependencies;
  const { folder, siteRegistry: site } = settings;
  await mkdir(folder, { recursive: true });
  const limits: FillerLimits = { ...defaultLimits, ...dependencies.limits };
  const metrics = createFillerMetrics();
  const fetcher = createFetcher({
    policy: createAddressPolicy({ allow: settings.allowedAddresses, setting: "COMMONHOLD_ALLOWED_ADDRESSES" }),
  });
  const registryOptions = { fetcher, clock, insecureHosts: settings.insecureRegistries };
  const dispatcher = new Agent();
  const door = new Door(settings.door, dispatcher);
  const deployments = createStore<ModelDeployment>({
    onHandlerError: (err) => logger.error({ err }, "a listener to a cache failed"),
  });
  const reflector = new Reflector<ModelDeployment>({
    ...{ client, clock, random, type: modelDeployments, store: deployments },
    onError: (err, retryInMs) => logger.warn({ err, retryInMs }, "following the cluster failed"),
  });
  const filler = new Filler({
    ...{ deployments, site, door, folder, clock, random, logger, limits },
    tools: {
      ...{ registryOptions, door, clock, random },
      registry: createRegistry(registryOptions),
      freeBytes: dependencies.freeBytes ?? (() => freeBytesOf(folder)),
      spareBytes: limits.spareBytes,
      onFetched: (bytes) => metrics.fetchedBytes.inc(bytes),
    },
    onStates: metrics.states,
    onCopied: (outcome) => {
      metrics.copies.inc({ outcome });
      if (outcome === "failed") metrics.failedAt(clock.now());
    },
  });
  const server = await startServer({
    address: settings.listenAddress,
    port: settings.port,
    registry: metrics.registry,
    waitsFor: () => (reflector.hasSynced ? filler.waitsFor : ["the list of ModelDeployments"]),
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  const filling = reflector.synced.then(
    () => filler.run(signal),
    () => undefined,
  );
  const work = Promise.all([filling, reflector.run(signal)]);
  const running = untilStopped({
    stopping,
    reason: "the filler stops",
    work,
    onFailed: (err) => logger.error({ err }, "the filler failed"),
    close: () => Promise.all([server.close(), fetcher.close(), dispatcher.destroy()]),
  });
  return { url: server.url, ...running };
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
