/**
 * Puts the service together and starts it: its port at once, and, while it leads, the rollout and pass after pass. Only one of several
 * leads: they would append to one log.
 */
import { setMaxListeners } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { createFetcher } from "../../operator/addresses/fetcher.ts";
import { createAddressPolicy } from "../../operator/addresses/policy.ts";
import { type LedgerRoot, ledgerRoots } from "../../operator/apis/ledger-root.ts";
import type { Clock } from "../../operator/clock/clock.ts";
import type { Random } from "../../operator/clock/system.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { LeaderElector } from "../../operator/kube/lease.ts";
import type { Forge } from "../forges/forge.ts";
import { openRepository } from "../git/open.ts";
import type { GitRepository } from "../git/repository.ts";
import type { OpenedLog } from "../log/open-log.ts";
import { logRef } from "../log/remote-log.ts";
import { createMirror } from "../mirror/mirror.ts";
import { makePlan } from "../proposals/make-plan.ts";
import { createDescribeModel } from "../proposals/models/describe-model.ts";
import { rememberedDescriptions } from "../proposals/models/remembered.ts";
import { sharingLists } from "../proposals/sharing-lists.ts";
import { createRollout } from "../rollout/create-rollout.ts";
import type { Settings } from "../settings.ts";
import { openJournal } from "../sightings/journal.ts";
import { isOver } from "../verification/cursor.ts";
import { lastRatified } from "../verification/ratified.ts";
import { createCosigner } from "../witness/client/cosign.ts";
import { createWitnessHttp } from "../witness/client/http.ts";
import { parseWitnessPeer } from "../witness/client/peer.ts";
import { findLog } from "./find-log.ts";
import { forgeOf, identityOf, webhookSecretsOf } from "./forge-of.ts";
import type { Governance } from "./governance.ts";
import { serviceKeys } from "./keys.ts";
import { createLoop } from "./loop.ts";
import { MemberView } from "./member-view.ts";
import { createGovernanceMetrics, type GovernanceMetrics } from "./metrics.ts";
import { runPass } from "./pass.ts";
import { pinStore } from "./pins.ts";
import { createPlans } from "./plans.ts";
import { createPolicies } from "./policies.ts";
import { createPublisher } from "./publish.ts";
import { clusterClock } from "./references.ts";
import { startServer } from "./server.ts";

export interface GovernanceDependencies {
  readonly settings: Settings;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly randomBytes: (bytes: number) => Uint8Array;
  readonly logger: Logger;
  /** Unique among the processes that may lead. */
  readonly identity: string;
  /** What git may see of the environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
}

export interface RunningGovernance {
  /** Of its own port: webhooks, health and metrics. */
  readonly url: string;
  /** Rejects when something that should never end has failed. */
  readonly failed: Promise<never>;
  /** Gives the lease back and ends all work. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

/** The Lease's name; `permissions.ts` grants it by this name. */
export const leaseName = "commonhold-governance";

/** First wait after something that may go away by itself, and the longest one. */
const retry = { retryMs: 1_000, retryMaxMs: 60_000 };

/** What the parts of one process share. */
interface Shared {
  readonly repository: GitRepository;
  readonly metrics: GovernanceMetrics;
  readonly now: { log?: OpenedLog; leader?: string | undefined; hasPassed: boolean; wake: () => void };
}

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
    leaseDurationMs: settings.leaseDurationMs,
    renewDeadlineMs: Math.round((settings.leaseDurationMs * 2) / 3),
    retryPeriodMs: Math.round(settings.leaseDurationMs / 8),
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
  const failed = work.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined); // whoever started us may look at it
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort(new Error("the governance service stops"));
    await work.catch((err: unknown) => logger.error({ err }, "the governance service failed"));
    await Promise.all([server.close(), repository.close()]);
  };
  return {
    url: server.url,
    failed,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** While another one leads there is nothing to be ready for but to take over. */
function waitsFor({ now }: Shared, identity: string): string[] {
  if (now.leader === undefined) return ["a leader"];
  if (now.leader !== identity) return [];
  if (!now.log) return ["the decision log"];
  return now.hasPassed ? [] : ["the first pass"];
}

/** One term: opens what is on disk, then passes until the lease is lost or the service stops. */
async function lead(dependencies: GovernanceDependencies, shared: Shared, term: AbortSignal): Promise<void> {
  // Everything of a term listens to its end at once: many listeners are no leak here.
  setMaxListeners(0, term);
  const { clock, logger, settings } = dependencies;
  const { metrics, now } = shared;
  const built = await untilBuilt(() => build(dependencies, shared, term), dependencies, term);
  if (!built) return;
  const { governance, log, members, close } = built;
  now.log = log;
  let passEnded = (): void => undefined;
  const nextPassEnd = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      passEnded = () => {
        signal.removeEventListener("abort", passEnded);
        resolve();
      };
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", passEnded, { once: true });
    });
  const loop = createLoop({
    ...retry,
    retryMaxMs: Math.max(retry.retryMs, Math.min(retry.retryMaxMs, settings.pollMs)),
    clock,
    pass: async (signal) => {
      await members.refresh(shared.repository, lastRatified(log.records).commit, signal);
      return runPass(governance, signal).finally(() => passEnded());
    },
    onPassed: (passed, durationMs) => {
      now.hasPassed = true;
      metrics.passed(passed, durationMs, log.records.length);
      for (const { code, sentence } of passed.view.troubles) logger.warn({ event: "trouble", code }, sentence);
    },
    onFailed: (err) => {
      metrics.passFailures.inc();
      logger.error({ err }, "a pass broke off");
    },
  });
  now.wake = loop.wake;
  const ending = new AbortController();
  const signal = AbortSignal.any([term, ending.signal]);
  setMaxListeners(0, signal);
  try {
    await Promise.all([
      loop.run(signal),
      governance.rollout.run(signal),
      wakeOnChange(governance, loop.wake, nextPassEnd, signal),
    ]);
  } finally {
    ending.abort(new Error("the term is over"));
    now.wake = () => undefined;
    delete now.log;
    now.hasPassed = false;
    await close();
  }
}

/** A change stays announced until a pass has looked, so the next one is waited for only after that. */
async function wakeOnChange(
  { rollout }: Governance,
  wake: () => void,
  nextPassEnd: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await rollout.changed(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    const looked = nextPassEnd(signal);
    wake();
    await looked;
  }
}

/** A forge or a cluster that is away keeps the service waiting, and says so; it does not end it. */
async function untilBuilt<T>(
  attempt: () => Promise<T>,
  { clock, logger }: GovernanceDependencies,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      return await attempt();
    } catch (err) {
      if (signal.aborted) return undefined;
      logger.error({ err, event: "waiting" }, `not ready: ${err instanceof Error ? err.message : String(err)}`);
      const ms = Math.min(retry.retryMaxMs, retry.retryMs * 2 ** Math.min(failures, 10));
      await clock.sleep(ms, signal).catch(() => undefined); // stopped: the loop ends
    }
  }
  return undefined;
}

async function build(dependencies: GovernanceDependencies, { repository, metrics }: Shared, signal: AbortSignal) {
  const { settings, client, clock, random, randomBytes, logger, identity } = dependencies;
  const members = new MemberView();
  const keysFolder = join(settings.state, "keys");
  let log: OpenedLog | undefined;
  const isDecided = (proposal: string): boolean => log !== undefined && isOver(log.records, proposal);
  const sources = { ...dependencies, repository, members, isDecided };
  const unsigned = await forgeOf(sources);
  // Without a log there is nothing to go on with; with one, what was ratified is kept while the forge is away.
  await fetchFrom(unsigned, repository, signal).catch(async (error: unknown) => {
    if ((await repository.resolve(logRef, { signal })) === undefined) throw error;
    logger.warn({ err: error }, "the forge is away: going on with what is ratified");
  });
  const pins = pinStore(client, settings.namespace);
  log = await findLog(
    {
      ...{ repository, pins, clock },
      remote: () => unsigned.remote(signal),
      identity: identityOf(settings),
      genesis: settings.genesis,
      keysFolder,
      logGenesis: settings.logGenesis,
      randomBytes,
    },
    signal,
  );
  // What is shown is signed with the key that the log names, so that nobody else can say that a proposal passed.
  const { signer } = await serviceKeys({ folder: keysFolder, origin: log.origin, randomBytes, mayCreate: false });
  const forge = await forgeOf({ ...sources, signer });
  const policy = createAddressPolicy({ allow: settings.allowedAddresses, setting: "COMMONHOLD_ALLOWED_ADDRESSES" });
  const fetcher = createFetcher({ policy });
  const describeModel = rememberedDescriptions(createDescribeModel({ fetcher, clock }), clock);
  const policies = createPolicies(repository, settings.governedNamespaces);
  const cluster = sharingLists(client, clock);
  const witnesses = settings.witnesses.map(parseWitnessPeer);
  const http = createWitnessHttp({ policy, clock });
  const governance: Governance = {
    ...{ forge, log, repository, clock, logger },
    identity: identityOf(settings),
    branchRef: `refs/policy/heads/${settings.policyBranch}`,
    journal: await openJournal(join(settings.state, "sightings.jsonl")),
    policies,
    plan: createPlans({
      ...{ policies, clock },
      make: (before, candidate, planSignal) =>
        makePlan(before, candidate, { cluster, describeModel, clock }, planSignal),
    }),
    rollout: createRollout({
      ...{ client, clock, random, logger },
      instance: identity,
      limits: { healthDeadlineMs: settings.healthDeadlineMs },
      hooks: { onDrift: ({ object }) => metrics.drift.inc({ kind: object.kind }) },
    }),
    mirror: createMirror({ client, log, identity: identityOf(settings), logger }),
    publish: createPublisher({
      ...{ repository, forge, log, pins },
      ...(witnesses.length > 0 && { cosigner: createCosigner({ witnesses, http, quorum: settings.witnessQuorum }) }),
    }),
    ledgerRoots: async (rootsSignal) => {
      const { items } = await client.list<LedgerRoot>(ledgerRoots, { signal: rootsSignal });
      return items.map(({ spec }) => spec);
    },
    references: clusterClock(client),
    limits: { settleMs: settings.forge === "git" ? 0 : settings.settleMs, pollMs: settings.pollMs },
  };
  const close = async (): Promise<void> => {
    await Promise.all([fetcher.close(), http.close()]);
  };
  return { governance, log, members, close };
}

async function fetchFrom(forge: Forge, repository: GitRepository, signal: AbortSignal): Promise<void> {
  await repository.fetch(await forge.remote(signal), forge.fetchRefspecs, { signal });
}
