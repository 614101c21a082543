/**
 * What outlives the service: the remote, its own folder, the log, the cluster, the time. A service is started over it as a
 * process is: whatever it knows is read from there.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createGitForge } from "../../../governance/forges/git/git-forge.ts";
import { openRepository } from "../../../governance/git/open.ts";
import type { GitRepository, Oid } from "../../../governance/git/repository.ts";
import type { DecisionLog } from "../../../governance/log/decision-log.ts";
import type { Governance } from "../../../governance/service/governance.ts";
import type { Passed } from "../../../governance/service/pass.ts";
import type { Community } from "../../../governance/service/testing/community.fixture.ts";
import { type MemoryLog, memoryLog } from "../../../governance/service/testing/memory-log.fixture.ts";
import { startService } from "../../../governance/service/testing/service.fixture.ts";
import { openJournal } from "../../../governance/sightings/journal.ts";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { TestCluster } from "./cluster.ts";
import type { Life } from "./life.ts";
import { mortalForge, mortalJournal, mortalLog, mortalRepository, mortalRollout } from "./mortal.ts";

export interface Place {
  /** Holds `remote.git`, `local.git` and `sightings.jsonl`. */
  readonly folder: string;
  readonly genesis: Oid;
  readonly clock: ManualClock;
}

export interface World extends Place {
  /** What is durable of it. */
  readonly log: MemoryLog;
  readonly cluster: TestCluster;
}

export function worldOf({ local, genesis, clock, log }: Community): World {
  return { folder: dirname(local.path), genesis, clock, log, cluster: new TestCluster() };
}

/** The same world a second time. */
export async function copyOf({ folder, genesis, clock, log, cluster }: World): Promise<World> {
  const copy = mkdtempSync(`${folder}-`);
  cpSync(folder, copy, { recursive: true });
  const [first, ...others] = log.records.map(({ record }) => record);
  const logCopy = memoryLog(first!);
  for (const record of others) await logCopy.append(record);
  for (const [digest, evidence] of log.stored) logCopy.stored.set(digest, evidence);
  return {
    ...{ folder: copy, genesis, log: logCopy, cluster: cluster.copy() },
    clock: new ManualClock(clock.now()),
  };
}

export function discard({ folder }: Place): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Everything that is there, as lines: two worlds that say the same are the same. */
export async function stateOf({ folder, log, cluster }: World, repository: GitRepository): Promise<string[]> {
  const sightings = join(folder, "sightings.jsonl");
  const there = await repository.remoteRefs({ url: join(folder, "remote.git") }, ["refs/*"]);
  return [
    ...(await repository.refs("refs/")).map(({ name, oid }) => `here ${name} ${oid}`),
    ...there.map(({ name, oid }) => `there ${name} ${oid}`),
    ...log.records.map(({ record }) => JSON.stringify(record)),
    ...[...log.stored.keys()].toSorted(),
    ...(existsSync(sightings) ? readFileSync(sightings, "utf8").split("\n") : []),
    ...cluster.state(),
  ];
}

/** What a process makes of what it finds. */
export interface Made<L extends DecisionLog> {
  readonly log: L;
  readonly governance: Partial<Governance>;
  /** Of what runs beside the passes. */
  readonly end?: () => Promise<void>;
}

export type Make<L extends DecisionLog> = (repository: GitRepository, life: Life) => Promise<Made<L>>;

export interface Living {
  look(): Promise<Passed>;
  end(): Promise<void>;
}

export async function startOver<L extends DecisionLog>(place: Place, life: Life, make: Make<L>): Promise<Living> {
  const { folder, genesis, clock } = place;
  const environment = { PATH: process.env["PATH"], HOME: folder };
  const whole = await openRepository({ path: join(folder, "local.git"), environment, isOnlyWriter: true });
  try {
    const repository = mortalRepository(whole, life);
    const { log, governance, end } = await make(repository, life);
    const remote = { url: join(folder, "remote.git") };
    const service = await startService({
      ...{ folder, clock, genesis, log, local: repository, identity: `git:${genesis}`, signal: life.signal },
      forge: (needs) => mortalForge(createGitForge({ repository, remote, genesis, clock, ...needs }), life),
      governance: {
        journal: mortalJournal(await openJournal(join(folder, "sightings.jsonl")), life),
        ...governance,
      },
    });
    return {
      look: service.pass,
      async end() {
        await end?.();
        await whole.close();
      },
    };
  } catch (error) {
    await whole.close();
    throw error;
  }
}

/** Starts it, lets it look once, and ends it. Undefined where it was killed on the way. */
export async function lookOnce<L extends DecisionLog>(
  place: Place,
  life: Life,
  make: Make<L>,
): Promise<Passed | undefined> {
  let living: Living | undefined;
  try {
    living = await startOver(place, life, make);
    return await living.look();
  } catch (error) {
    if (!life.isOver) throw error;
    return undefined;
  } finally {
    await living?.end();
  }
}

/** Over a log and a cluster in memory. */
export function inMemory({ log: durable, cluster, clock }: World): Make<MemoryLog> {
  return async (_, life) => {
    const log = mortalLog(reopened(durable), life);
    return {
      log,
      governance: {
        rollout: mortalRollout(cluster.rollout(clock, durable), life),
        publish: () => life.effect("publish", async () => cluster.publish(log.records.length)),
        mirror: () => life.effect("mirror", async () => cluster.show(log.records.length)),
      },
    };
  };
}

/** As a process has it that knows nothing but what is durable. */
function reopened(durable: MemoryLog): MemoryLog {
  const records = [...durable.records];
  const append: DecisionLog["append"] = async (record, options) => {
    const logged = await durable.append(record, options);
    records.push(logged);
    return logged;
  };
  return { ...durable, records, append };
}
