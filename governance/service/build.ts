/** Puts together what a pass works with: the forge, the log with its keys, the rollout, the witnesses. */
import { join } from "node:path";
import { createFetcher } from "../../operator/addresses/fetcher.ts";
import { createAddressPolicy } from "../../operator/addresses/policy.ts";
import { type LedgerRoot, ledgerRoots } from "../../operator/apis/ledger-root.ts";
import type { Forge } from "../forges/forge.ts";
import type { GitRepository } from "../git/repository.ts";
import type { OpenedLog } from "../log/open-log.ts";
import { logRef } from "../log/remote-log.ts";
import { createMirror } from "../mirror/mirror.ts";
import { makePlan } from "../proposals/make-plan.ts";
import { createDescribeModel } from "../proposals/models/describe-model.ts";
import { rememberedDescriptions } from "../proposals/models/remembered.ts";
import { sharingLists } from "../proposals/sharing-lists.ts";
import { createRollout } from "../rollout/create-rollout.ts";
import { openJournal } from "../sightings/journal.ts";
import { isOver } from "../verification/cursor.ts";
import { createCosigner } from "../witness/client/cosign.ts";
import { createWitnessHttp } from "../witness/client/http.ts";
import { parseWitnessPeer } from "../witness/client/peer.ts";
import type { GovernanceDependencies, Shared } from "./dependencies.ts";
import { findLog } from "./find-log.ts";
import { forgeOf, identityOf } from "./forge-of.ts";
import type { Governance } from "./governance.ts";
import { createJudging } from "./judging.ts";
import { serviceKeys } from "./keys.ts";
import { MemberView } from "./member-view.ts";
import { pinStore } from "./pins.ts";
import { createPlans } from "./plans.ts";
import { createPolicies } from "./policies.ts";
import { createPublisher } from "./publish.ts";
import { clusterClock } from "./references.ts";

export interface Built {
  readonly governance: Governance;
  readonly log: OpenedLog;
  readonly members: MemberView;
  close(): Promise<void>;
}

export async function build(
  dependencies: GovernanceDependencies,
  { repository, metrics }: Pick<Shared, "repository" | "metrics">,
  signal: AbortSignal,
): Promise<Built> {
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
  const { insecureRegistries: insecureHosts, siteRegistry, siteRegistryFills } = settings;
  const registries = { fetcher, clock, insecureHosts, siteRegistry, siteRegistryFills };
  const describeModel = rememberedDescriptions(createDescribeModel(registries), clock);
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
    judging: createJudging({ clock }),
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
