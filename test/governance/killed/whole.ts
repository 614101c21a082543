/**
 * The service with everything of its own: keys, log and pins found or begun as at its start, the log published, and a real
 * rollout over an API server in memory. What is left out are only people.
 */
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { pino } from "pino";
import { createGitForge } from "../../../governance/forges/git/git-forge.ts";
import { fetchRefspecs } from "../../../governance/forges/git/names.ts";
import type { GitRepository } from "../../../governance/git/repository.ts";
import type { OpenedLog } from "../../../governance/log/open-log.ts";
import { createRollout } from "../../../governance/rollout/create-rollout.ts";
import { findLog } from "../../../governance/service/find-log.ts";
import type { PinStore, Pins } from "../../../governance/service/pins.ts";
import { createPublisher } from "../../../governance/service/publish.ts";
import { clientOf } from "../../doubles/kube/client.ts";
import type { Cluster } from "../../doubles/kube/cluster.ts";
import { newCluster } from "../../rollout/world.ts";
import { mortalClient, mortalPins } from "./mortal.ts";
import type { Make, Place } from "./world.ts";

export interface WholeWorld extends Place {
  readonly cluster: Cluster;
  readonly pins: MemoryPins;
}

/** As the ConfigMap holds them. */
export class MemoryPins implements PinStore {
  pinned: Pins | undefined;

  async read(): Promise<Pins | undefined> {
    return this.pinned;
  }

  async write(pins: Pins): Promise<void> {
    this.pinned = pins;
  }
}

export function wholeWorld(place: Place): WholeWorld {
  return { ...place, cluster: newCluster(), pins: new MemoryPins() };
}

export function wholly(world: WholeWorld): Make<OpenedLog> {
  const { folder, genesis, clock, cluster } = world;
  const remote = { url: join(folder, "remote.git") };
  return async (repository, life) => {
    const pins = mortalPins(world.pins, life);
    await repository.fetch(remote, fetchRefspecs);
    const log = await findLog(
      {
        ...{ repository, genesis, pins, clock },
        remote: async () => remote,
        identity: `git:${genesis}`,
        keysFolder: join(folder, "keys"),
        logGenesis: "",
        // The same for the same use, so that one life makes the keys that another would have made.
        randomBytes: (size) => life.effectAtOnce(`${size} random bytes`, () => Buffer.alloc(size, size)),
      },
      life.signal,
    );
    const client = mortalClient(clientOf(cluster), life);
    const rollout = createRollout({ client, clock, random: () => 0, logger: pino({ level: "silent" }) });
    const ending = new AbortController();
    const signal = AbortSignal.any([life.signal, ending.signal]);
    setMaxListeners(0, signal);
    const run = rollout.run(signal);
    const forge = createGitForge({ ...{ repository, remote, genesis, clock }, isMemberKey: () => false });
    return {
      log,
      governance: { rollout, publish: createPublisher({ repository, forge, log, pins }) },
      async end() {
        ending.abort(new Error("it ends"));
        await run;
      },
    };
  };
}

/** Everything that is there but the sightings, as lines. */
export async function wholeStateOf(
  { folder, cluster, pins }: WholeWorld,
  repository: GitRepository,
): Promise<string[]> {
  const there = await repository.remoteRefs({ url: join(folder, "remote.git") }, ["refs/*"]);
  return [
    ...(await repository.refs("refs/")).map(({ name, oid }) => `here ${name} ${oid}`),
    ...there.map(({ name, oid }) => `there ${name} ${oid}`),
    ...cluster.all().map((object) => JSON.stringify(object)),
    `${pins.pinned?.genesisDigest} ${pins.pinned?.minimum.size}\n${pins.pinned?.checkpoint}`,
  ];
}
