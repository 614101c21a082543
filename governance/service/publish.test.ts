/** The log found, begun, taken over, and brought to where others see it: real repositories, real witnesses, a cluster's pins in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { FetchError } from "../../operator/addresses/fetch-error.ts";
import { ManualClock } from "../../operator/clock/manual.ts";
import { type PrivateNoteKey, privateNoteKey } from "../../operator/tlog/note/key.ts";
import { fetchRefspecs } from "../forges/git/names.ts";
import { openRepository } from "../git/open.ts";
import type { GitRepository, Oid } from "../git/repository.ts";
import { LogError } from "../log/log-error.ts";
import type { OpenedLog } from "../log/open-log.ts";
import { createCosigner } from "../witness/client/cosign.ts";
import type { WitnessHttp } from "../witness/client/http.ts";
import { claimStore } from "../witness/state/claims.ts";
import { systemDisk } from "../witness/state/disk.ts";
import { headStore } from "../witness/state/heads.ts";
import { createWitness, type Witness } from "../witness/witness.ts";
import { findLog, originOf } from "./find-log.ts";
import type { PinStore, Pins } from "./pins.ts";
import { createPublisher } from "./publish.ts";
import { genesisFiles } from "./testing/community.fixture.ts";

const root = mkdtempSync(join(tmpdir(), "published-"));
const opened: GitRepository[] = [];
afterAll(async () => {
  await Promise.all(opened.map((repository) => repository.close()));
  rmSync(root, { recursive: true, force: true });
});

const clock = new ManualClock();
const { signal } = new AbortController();
let count = 0;
const repositoryAt = async (path: string): Promise<GitRepository> => {
  const repository = await openRepository({ path, environment: { PATH: process.env["PATH"] } });
  opened.push(repository);
  return repository;
};

let folder: string;
let remote: GitRepository;
let local: GitRepository;
let genesis: Oid;
let pins: PinStore & { held: Pins | undefined };

beforeEach(async () => {
  folder = join(root, String(count++));
  [remote, local] = (await Promise.all(["remote", "local"].map((name) => repositoryAt(join(folder, name))))) as [
    GitRepository,
    GitRepository,
  ];
  const files = Object.entries(genesisFiles).map(([path, text]) => [path, Buffer.from(text ?? "")] as const);
  const tree = await remote.writeTree(undefined, Object.fromEntries(files));
  genesis = await remote.writeCommit({ tree, parents: [], message: "genesis", at: clock.now() });
  await remote.updateRef("refs/heads/main", genesis);
  pins = {
    held: undefined,
    read: async () => pins.held,
    write: async (next) => {
      pins.held = next;
    },
  };
});

interface Finding {
  repository?: GitRepository;
  logGenesis?: string;
  keys?: string;
}

async function find({ repository = local, logGenesis = "", keys = "keys" }: Finding = {}): Promise<OpenedLog> {
  await repository.fetch({ url: remote.path }, fetchRefspecs);
  return findLog(
    {
      ...{ repository, genesis, pins, logGenesis, clock, identity: `git:${genesis}` },
      remote: async () => ({ url: remote.path }),
      keysFolder: join(folder, keys),
      randomBytes: (bytes) => Buffer.alloc(bytes, count + 1),
    },
    signal,
  );
}

function publisherOf(log: OpenedLog, repository = local, cosigner?: ReturnType<typeof createCosigner>) {
  const forge = { remote: async () => ({ url: remote.path }) } as never;
  const publish = createPublisher({ repository, forge, log, pins, ...(cosigner && { cosigner }) });
  return async (): Promise<void> => {
    await repository.fetch({ url: remote.path }, ["+refs/commonhold/*:refs/policy/commonhold/*"]);
    await publish(signal);
  };
}

const halted = (at: number) => ({ kind: "halted", at: clock.now() + at, code: "HistoryRewritten" }) as const;

describe("the log of an installation", () => {
  test("begins with the genesis where there is none, is pinned in the cluster and pushed to the remote", async () => {
    const log = await find();
    expect(log.records.map(({ record }) => record.kind)).toEqual(["genesis"]);
    await publisherOf(log)();
    expect(pins.held).toMatchObject({
      genesisDigest: log.genesisDigest,
      minimum: { size: 1 },
      origin: originOf(genesis),
    });
    expect(await remote.resolve("refs/commonhold/log")).toBe(log.commit);
  });

  test("is opened again as it was", async () => {
    const log = await find();
    await log.append(halted(1));
    await publisherOf(log)();
    expect((await find()).head).toEqual(log.head);
  });

  test("is had from the remote where the folder was lost, as far as the cluster's pin bears it out", async () => {
    const log = await find();
    await log.append(halted(1));
    await publisherOf(log)();
    const fresh = await repositoryAt(join(folder, "fresh"));
    expect((await find({ repository: fresh })).head).toEqual(log.head);
  });

  test("is brought up to date where the folder is an old copy", async () => {
    const log = await find();
    await publisherOf(log)();
    const old = await repositoryAt(join(folder, "old"));
    await find({ repository: old });
    await log.append(halted(1));
    await publisherOf(log)();
    expect((await find({ repository: old })).head).toEqual(log.head);
  });

  test("goes on with what the remote has beyond it, where folder and pins come from one backup", async () => {
    const log = await find();
    await publisherOf(log)();
    const old = await repositoryAt(join(folder, "old"));
    await find({ repository: old });
    const saved = pins.held;
    await log.append(halted(1));
    await publisherOf(log)();
    pins.held = saved;
    const restored = await find({ repository: old });
    expect(restored.head).toEqual(log.head);
    await restored.append(halted(2));
    await publisherOf(restored, old)();
    expect(await remote.resolve("refs/commonhold/log")).toBe(restored.commit);
  });

  test("does not take over what somebody without its keys put on top of it on the remote", async () => {
    const log = await find();
    await publisherOf(log)();
    const { tree } = (await local.commit(log.commit)) as { tree: Oid };
    const forged = await remote.writeCommit({ tree, parents: [log.commit], message: "record 1", at: clock.now() });
    await remote.updateRef("refs/commonhold/log", forged);
    const again = await find();
    expect(again.head).toEqual(log.head);
    await expect(publisherOf(again)()).rejects.toThrow(LogError);
  });

  test("is not begun anew where the cluster knows that there was one: folder and remote are gone", async () => {
    const log = await find();
    await publisherOf(log)();
    await remote.deleteRef("refs/commonhold/log");
    const fresh = await repositoryAt(join(folder, "fresh"));
    await expect(find({ repository: fresh })).rejects.toThrow(/the remote has no log .*had 1 records/);
    expect(await fresh.resolve("refs/commonhold/log")).toBeUndefined();
  });

  test("that the remote has and the cluster never saw is taken over only by the digest of its first record", async () => {
    const log = await find();
    await publisherOf(log)();
    pins.held = undefined;
    const fresh = await repositoryAt(join(folder, "fresh"));
    await expect(find({ repository: fresh })).rejects.toThrow(/set COMMONHOLD_LOG_GENESIS/);
    await expect(find({ repository: fresh, logGenesis: `sha256:${"0".repeat(64)}` })).rejects.toThrow(
      /is pinned: this is another log/,
    );
    expect((await find({ repository: fresh, logGenesis: log.genesisDigest })).head).toEqual(log.head);
  });

  test("of a genesis that is not on the policy branch is not begun", async () => {
    genesis = "f".repeat(40);
    await expect(find()).rejects.toThrow(/set COMMONHOLD_POLICY_GENESIS to a commit of it/);
  });

  test("without its keys is not opened, and says how to hand it over", async () => {
    await find();
    await expect(find({ keys: "lost" })).rejects.toThrow(/commit-key and log-key are missing .* log rotate-key --lost/);
  });

  test("is the log of that genesis and no other", async () => {
    const log = await find();
    await publisherOf(log)();
    pins.held = { ...(pins.held as Pins), origin: "commonhold.dev/log/other" };
    await expect(find()).rejects.toThrow(/the cluster pins the log commonhold.dev\/log\/other/);
  });
});

describe("what is published", () => {
  test("comes back where somebody removed records from the remote, and that is said", async () => {
    const log = await find();
    await log.append(halted(1));
    const publish = publisherOf(log);
    await publish();
    await remote.updateRef("refs/commonhold/log", (await local.commit(log.commit))?.parents[0] as Oid);
    await expect(publish()).rejects.toThrow(
      /somebody removed 1 records of the log from the remote; they are there again/,
    );
    expect(await remote.resolve("refs/commonhold/log")).toBe(log.commit);
    await publish();
  });

  test("is known to be there, though the service ended between the push and the note of it: a cut right after is said", async () => {
    const log = await find();
    const publish = publisherOf(log);
    await publish();
    await log.append(halted(1));
    await local.push({ url: remote.path }, [`${log.commit}:refs/commonhold/log`]);
    await publish();
    await remote.updateRef("refs/commonhold/log", (await local.commit(log.commit))?.parents[0] as Oid);
    await expect(publish()).rejects.toThrow(/somebody removed 1 records/);
  });

  test("reaches the cluster's pin although the remote is away", async () => {
    const log = await find();
    await publisherOf(log)();
    const away = { remote: async () => ({ url: join(folder, "nowhere") }) } as never;
    await log.append(halted(1));
    await expect(createPublisher({ repository: local, forge: away, log, pins })(signal)).rejects.toThrow();
    expect(pins.held?.minimum.size).toBe(2);
  });
});

describe("witnesses", () => {
  const keyOf = (name: string): PrivateNoteKey => privateNoteKey(`${name}.example/w`, 4, Buffer.alloc(32, name.length));
  const peers = ["one", "three"].map((name) => ({ url: `https://${name}.example`, key: keyOf(name) }));

  function witnesses(log: OpenedLog, away: readonly string[] = []): Map<string, Witness> {
    return new Map(
      peers.flatMap(({ url, key }) => {
        if (away.includes(url)) return [];
        const state = join(folder, `witness-${new URL(url).host}`);
        const logs = [{ origin: log.origin, keys: log.keys.map((term) => term.key), genesis: log.genesisLeaf }];
        const heads = headStore(state, systemDisk);
        return [[url, createWitness({ key, logs, heads, claims: claimStore(state, systemDisk), clock })] as const];
      }),
    );
  }

  function overMemory(all: ReadonlyMap<string, Witness>): WitnessHttp {
    return {
      async send(method, text, body = "") {
        const url = new URL(text);
        const witness = all.get(url.origin);
        if (!witness) throw new FetchError("Unreachable", `${url.host} cannot be reached`);
        if (method === "POST") return witness.addCheckpoint(Buffer.from(body));
        const note = witness.latest(url.pathname.split("/").at(-1) ?? "");
        return { status: note === undefined ? 404 : 200, contentType: "text/plain", body: note ?? "" };
      },
      close: async () => undefined,
    };
  }

  test("cosign what grows, and the cosigned checkpoint is kept", async () => {
    const log = await find();
    const publish = publisherOf(
      log,
      local,
      createCosigner({ witnesses: peers, http: overMemory(witnesses(log)), quorum: 2 }),
    );
    await publish();
    await log.append(halted(1));
    await publish();
    expect(log.cosigned?.match(/^— /gm)).toHaveLength(3);
    expect(log.cosigned).toContain("\n2\n");
  });

  test("too few of them are told as a trouble, with whom did not answer, and are asked again", async () => {
    const log = await find();
    const all = new Map(witnesses(log, ["https://three.example"]));
    const publish = publisherOf(log, local, createCosigner({ witnesses: peers, http: overMemory(all), quorum: 2 }));
    await expect(publish()).rejects.toThrow(
      "1 witnesses have cosigned 1 records, too few; no answer from https://three.example",
    );
    for (const [url, witness] of witnesses(log)) all.set(url, witness);
    await publish();
    expect(log.cosigned?.match(/^— /gm)).toHaveLength(3);
    // Also where its records were there before.
    const shown = await remote.resolve("refs/commonhold/checkpoint");
    expect(shown && Buffer.from((await remote.file(shown, "checkpoint")) ?? []).toString("utf8")).toBe(log.cosigned);
  });

  test("that were shown another history say so, and what they know is told", async () => {
    const log = await find();
    const all = witnesses(log);
    const twin = await repositoryAt(join(folder, "twin"));
    await publisherOf(log)();
    const forked = await find({ repository: twin });
    await log.append(halted(1));
    await publisherOf(log, local, createCosigner({ witnesses: peers, http: overMemory(all), quorum: 0 }))();
    await forked.append(halted(2));
    await forked.append(halted(3));
    const cosigner = createCosigner({ witnesses: peers, http: overMemory(all), quorum: 0 });
    const publish = createPublisher({
      repository: twin,
      forge: { remote: async () => ({ url: join(folder, "elsewhere") }) } as never,
      log: forked,
      pins,
      cosigner,
    });
    await expect(publish(signal)).rejects.toThrow(
      /witnesses know another log: https:\/\/one.example \((not-append-only|fork) at 2\)/,
    );
  });
});
