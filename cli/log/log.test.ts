/** The verbs about the decision log, called as the command line calls them, against real repositories and running witnesses. */
import { execFileSync } from "node:child_process";
import { setMaxListeners } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evidenceDigest } from "../../governance/evidence/evidence.ts";
import type { GitRepository } from "../../governance/git/repository.ts";
import {
  evidenceOf,
  genesis,
  halted,
  logKey,
  logOptions,
  nextKey,
  opened,
  origin,
  rejected,
  temporaryFolders,
} from "../../governance/log/log-world.fixture.ts";
import { createLog, type OpenedLog, openDecisionLog } from "../../governance/log/open-log.ts";
import { logRef } from "../../governance/log/remote-log.ts";
import { formatPrivateKeyFile } from "../../governance/signatures/private-key-file.ts";
import { createCosigner } from "../../governance/witness/client/cosign.ts";
import { createWitnessHttp } from "../../governance/witness/client/http.ts";
import { parseWitnessPeer, type WitnessPeer } from "../../governance/witness/client/peer.ts";
import { createAddressPolicy } from "../../operator/addresses/policy.ts";
import { ManualClock } from "../../operator/clock/manual.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { toBase64 } from "../../operator/tlog/note/base64.ts";
import { formatPrivateKey, parsePublicKey } from "../../operator/tlog/note/key.ts";
import { noteVerifier } from "../../operator/tlog/note/verify.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { list } from "./list.ts";
import { checkProofFile, prove } from "./prove.ts";
import { replay } from "./replay.ts";
import { rotateLogKey } from "./rotate-key.ts";
import { verify } from "./verify.ts";
import { showWitnessKey, witness } from "./witness.ts";

const folders = temporaryFolders();
afterAll(() => folders.remove());

let repository: GitRepository;
let log: OpenedLog;
beforeAll(async () => {
  repository = await folders.repository();
  log = await createLog(logOptions(repository), genesis);
  const evidence = evidenceOf(2);
  await log.append(opened(1));
  await log.append(rejected(2, evidence), { evidence });
  await log.append(halted(3));
});

const plain = { key: [], witness: [], json: false } as const;

describe("log verify", () => {
  test("says what was checked, and against what", async () => {
    const around = surroundings();
    await verify({ ...plain, repository: repository.path }, around);
    const text = around.lines.join("\n");
    expect(text).toContain(`The log ${origin} is whole: 4 records.`);
    expect(text).toContain(`genesis    ${log.genesisDigest} (not compared`);
    expect(text).toContain("1 hold evidence");
    expect(text).toContain("for the first time from this machine");
    expect(text).toContain(`--genesis ${toBase64(log.genesisLeaf)}`);
  });

  test("compares with what is given, and with what was seen before", async () => {
    const around = surroundings();
    const flags = { ...plain, repository: repository.path, genesis: log.genesisDigest, key: [logKey] };
    await verify(flags, around);
    await verify(flags, around);
    const text = around.lines.join("\n");
    expect(text).toContain("is the one that you gave");
    expect(text).toContain("follows from the one that you gave");
    expect(text).toContain("it continues the 4 records that this machine saw before");
  });

  test("fetches from a clone's remote as well as from a bare repository", async () => {
    const { far, around } = await published();
    const clone = folders.next();
    git(".", "init", "--quiet", clone);
    git(clone, "remote", "add", "origin", far.path);
    await verify(plain, { ...around, cwd: clone });
    expect(around.lines.join("\n")).toContain("is whole: 4 records");
  });

  test("gives programs the same as JSON", async () => {
    const around = surroundings();
    await verify({ ...plain, repository: repository.path, json: true }, around);
    expect(JSON.parse(around.lines.join("\n"))).toMatchObject({ origin, size: 4, genesis: log.genesisDigest });
  });

  test.each<[string, object, RegExp]>([
    ["another genesis", { genesis: `sha256:${"0".repeat(64)}` }, /record 0: .* is pinned/],
    ["a key that never signed it", { key: [nextKey] }, /none of the keys/],
  ])("refuses the log to who knows %s", async (_, more, words) => {
    await expect(verify({ ...plain, repository: repository.path, ...more }, surroundings())).rejects.toThrow(words);
  });

  test("names the record of which a single bit was changed", async () => {
    const { far, around } = await published();
    const commits = (await far.firstParents(undefined, log.commit)) ?? [];
    const { oid } = (await far.tree(commits[2]!)).find(({ path }) => path === "evidence.json")!;
    const file = join(far.path, "objects", oid.slice(0, 2), oid.slice(2));
    chmodSync(file, 0o600);
    const bytes = readFileSync(file);
    bytes[40]! ^= 4;
    writeFileSync(file, bytes);
    await expect(verify({ ...plain, repository: far.path }, around)).rejects.toMatchObject({
      code: "damaged",
      index: 2,
    });
  });

  test("finds a log that was cut since this machine saw it", async () => {
    const { far, around } = await published();
    await verify({ ...plain, repository: far.path }, around);
    const [, second] = (await far.firstParents(undefined, log.commit)) ?? [];
    await far.updateRef(logRef, second!);
    await expect(verify({ ...plain, repository: far.path }, around)).rejects.toMatchObject({
      code: "truncated",
      index: 2,
    });
    await far.deleteRef(logRef);
    await expect(verify({ ...plain, repository: far.path }, around)).rejects.toThrow(/had 4 records/);
  });
});

describe("log verify --witness", () => {
  test("says what each witness holds", async () => {
    await using ada = await runningWitness("ada");
    await cosigned(ada.peer, log);
    const around = surroundings();
    const url = { url: ada.peer.url };
    await verify({ ...plain, repository: repository.path, witness: [ada.peer, url] }, around);
    const text = around.lines.join("\n");
    expect(text).toMatch(/witness {4}http:\S+: holds 4 records, cosigned at 2026/);
    expect(text).toContain("its signature was not checked");
  });

  test("shows both signed notes where a witness was told another history", async () => {
    await using ada = await runningWitness("ada");
    await using ben = await runningWitness("ben");
    await cosigned(ada.peer, log);
    const twin = await openDecisionLog(logOptions(await folders.repository().then(copyOfGenesis)));
    for (const at of [11, 12, 13]) await twin.append(halted(at));
    await cosigned(ben.peer, twin);
    const around = surroundings();
    const attempt = verify({ ...plain, repository: repository.path, witness: [ada.peer, ben.peer] }, around);
    const message = await attempt.then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).toContain("the log signed two different trees of 4 records");
    for (const note of [log.checkpoint, twin.checkpoint]) expect(message).toContain(note.split("\n")[2]);
    expect(message.match(/— commonhold\.example\/log /g)!.length).toBeGreaterThanOrEqual(2);
  });

  test("finds that the log was cut where a witness holds more", async () => {
    await using ada = await runningWitness("ada");
    await cosigned(ada.peer, log);
    const { far, around } = await published();
    const [, second] = (await far.firstParents(undefined, log.commit)) ?? [];
    await far.updateRef(logRef, second!);
    const attempt = verify({ ...plain, repository: far.path, witness: [ada.peer] }, around);
    await expect(attempt).rejects.toThrow(/holds 4 records that the log signed, and here are 2/);
  });
});

describe("log list", () => {
  test("has a line for each record, and no control character of anybody", async () => {
    const around = surroundings();
    await list({ ...plain, repository: repository.path }, around);
    expect(around.lines).toHaveLength(4);
    expect(around.lines[2]).toMatch(/^2 {2}2026-01-01 .* rejected .* routine · 1 yes, 2 no, 0 abstain$/);
    const json = surroundings();
    await list({ ...plain, json: true, repository: repository.path }, json);
    expect(json.lines.map((line) => JSON.parse(line).record.kind)).toEqual(["genesis", "opened", "rejected", "halted"]);
  });
});

describe("log prove", () => {
  test.each(["2", "f".repeat(12), evidenceOf(2).proposal.id])(
    "writes for %s what log check-proof believes",
    async (which) => {
      const around = surroundings();
      await prove(which, { key: [], repository: repository.path }, around);
      await checkProofFile("record-2.tlog-proof", { key: [logKey], witnessKey: [] }, around);
      expect(around.lines.join("\n")).toContain(`Record 2 is in the log ${origin}, which had 4 records then.`);
      expect(around.lines.join("\n")).toContain(evidenceDigest(evidenceOf(2)));
    },
  );

  test.each<[string, RegExp]>([
    ["4", /there is no record 4/],
    ["99999999999999999999", /no record of a proposal/],
    ["ffff0000", /no record of a proposal/],
    ["f", /no record of a proposal/],
    ["a\u001b[2J", /"a\\x1b\[2J"/],
  ])("refuses %j", async (which, words) => {
    await expect(prove(which, { key: [], repository: repository.path }, surroundings())).rejects.toThrow(words);
  });

  test("is believed with the log's key only, and as it was written only", async () => {
    const around = surroundings();
    await prove("1", { key: [], repository: repository.path, out: "proof" }, around);
    const check = (key = [logKey], origin?: string) =>
      checkProofFile("proof", { key, witnessKey: [], ...(origin && { origin }) }, around);
    await check();
    await expect(check([])).rejects.toThrow(/as good as the key/);
    await expect(check([nextKey])).rejects.toThrow(/none of the keys that you gave signed it/);
    await expect(check([logKey], "other.example/log")).rejects.toThrow(/proves nothing/);
    const path = join(around.cwd, "proof");
    writeFileSync(path, readFileSync(path, "utf8").replace("index 1", "index 2"));
    await expect(check()).rejects.toThrow(/proves nothing/);
  });
});

describe("log replay", () => {
  test("names the records that do not come out the same", async () => {
    const around = surroundings();
    // Their commits are not in this repository: nothing can be recomputed.
    await expect(replay({ key: [], repository: repository.path }, around)).rejects.toThrow(/records do not agree: 0/);
    expect(around.lines.join("\n")).toContain("record 0 (genesis)");
  });
});

describe("log rotate-key", () => {
  test("hands over to a new key, which is there before it signs", async () => {
    const state = await serviceState(repository);
    const around = surroundings();
    await rotateLogKey({ state, lost: false, key: [] }, around);
    const names = readdirSync(join(state, "keys")).filter((name) => name.startsWith("log-key"));
    expect(names).toHaveLength(2);
    const after = surroundings();
    await verify({ ...plain, repository: join(state, "repository.git"), key: [logKey] }, after);
    expect(after.lines.join("\n")).toMatch(/rotated {4}record 4: .*, signed by its predecessor/);
  });

  test("replaces keys that are lost, where the genesis is given, and nobody believes it who was not told", async () => {
    const state = await serviceState(repository);
    rmSync(join(state, "keys"), { recursive: true });
    mkdirSync(join(state, "keys"));
    const around = surroundings();
    await expect(rotateLogKey({ state, lost: false, key: [] }, around)).rejects.toThrow(/--lost/);
    await expect(rotateLogKey({ state, lost: true, key: [] }, around)).rejects.toThrow(/--genesis/);
    const genesisOther = `sha256:${"0".repeat(64)}`;
    await expect(rotateLogKey({ state, lost: true, key: [], genesis: genesisOther }, around)).rejects.toMatchObject({
      code: "wrong-genesis",
    });
    await rotateLogKey({ state, lost: true, key: [], genesis: log.genesisDigest }, around);
    const next = /signed by (\S+)\./.exec(around.lines.join("\n"))![1]!;
    const flags = { ...plain, repository: join(state, "repository.git"), genesis: log.genesisDigest };
    await expect(verify(flags, surroundings())).rejects.toMatchObject({ code: "wrong-key", index: 4 });
    await verify({ ...flags, key: [parsePublicKey(next)] }, surroundings());
  });

  test("is not done where the person says no", async () => {
    const state = await serviceState(repository);
    const before = readdirSync(join(state, "keys"));
    const around = { ...surroundings(), ask: async () => false };
    await expect(rotateLogKey({ state, lost: true, key: [], genesis: log.genesisDigest }, around)).rejects.toThrow(
      "nothing was changed",
    );
    expect(readdirSync(join(state, "keys"))).toEqual(before);
  });

  test("is not done in a folder that is no service's", async () => {
    await expect(rotateLogKey({ state: "nowhere", lost: false, key: [] }, surroundings())).rejects.toThrow(
      /no repository.git/,
    );
  });
});

describe("witness", () => {
  const good = () => ({
    state: "witness",
    name: "ada.example/witness",
    origin,
    logKey: [logKey],
    genesis: toBase64(log.genesisLeaf),
    listen: "127.0.0.1:0",
  });

  test("runs until it is stopped, and says how others trust it", async () => {
    await using ada = await runningWitness("ada");
    expect(parseWitnessPeer(ada.said)).toEqual(ada.peer);
    await expect(witness({ ...good(), state: ada.state }, surroundings())).rejects.toThrow(/in use by process/);
  });

  test("key is made once", async () => {
    const around = surroundings();
    const key = { state: "witness", name: "ada.example/witness" };
    await showWitnessKey(key, around);
    await showWitnessKey({ state: "witness" }, around);
    expect(around.lines[0]).toMatch(/^ada\.example\/witness\+[0-9a-f]{8}\+/);
    expect(around.lines[1]).toBe(around.lines[0]);
  });

  test.each<[string, object, RegExp]>([
    ["without the name of a log", { origin: undefined }, /give --origin/],
    ["without its key", { logKey: [] }, /give --log-key/],
    ["with a genesis that is a digest", { genesis: `sha256:${"0".repeat(64)}` }, /give --genesis/],
    ["without anything", { origin: undefined, logKey: [], genesis: undefined }, /--origin.*--log-key.*and --genesis/],
    ["at no port", { listen: "everywhere" }, /"everywhere" is none/],
    ["at a port that there is not", { listen: "127.0.0.1:70000" }, /is none/],
  ])("%s does not run", async (_, more, words) => {
    await expect(witness({ ...good(), ...more }, surroundings())).rejects.toThrow(words);
  });
});

function surroundings(): Surroundings & { lines: string[] } {
  const lines: string[] = [];
  const cwd = folders.next();
  mkdirSync(cwd);
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const env = { PATH: process.env["PATH"], HOME: cwd, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  return { env, cwd, lines, signal, clock: systemClock, say: (...more) => void lines.push(...more) };
}

/** The log on a remote of its own. */
async function published() {
  const far = await folders.repository();
  await log.publish({ url: far.path });
  return { far, around: surroundings() };
}

/** A folder as the service has it, with a copy of the log. */
async function serviceState(from: GitRepository): Promise<string> {
  const state = folders.next();
  mkdirSync(join(state, "keys"), { recursive: true });
  git(".", "clone", "--quiet", "--bare", "--mirror", from.path, join(state, "repository.git"));
  writeFileSync(join(state, "keys/log-key"), `${formatPrivateKey(logKey, Buffer.alloc(32, 1))}\n`);
  writeFileSync(join(state, "keys/commit-key"), formatPrivateKeyFile(Buffer.alloc(32, 11), Buffer.alloc(4), "service"));
  return state;
}

/** Only the first record. */
async function copyOfGenesis(empty: GitRepository): Promise<GitRepository> {
  const [first] = (await repository.firstParents(undefined, log.commit)) ?? [];
  await empty.fetch({ url: repository.path }, [`${first}:${logRef}`]);
  return empty;
}

async function runningWitness(name: string) {
  const abort = new AbortController();
  const base = surroundings();
  let announce = (_: string) => {};
  const announced = new Promise<string>((resolve) => {
    announce = resolve;
  });
  const around: Surroundings = {
    ...base,
    signal: abort.signal,
    clock: new ManualClock(genesis.at),
    say: (...lines) => announce(lines.join("\n")),
  };
  const state = join(base.cwd, "state");
  const ended = witness(
    {
      ...{ state, name: `${name}.example/witness`, origin, logKey: [logKey] },
      ...{ genesis: toBase64(log.genesisLeaf), listen: "127.0.0.1:0" },
    },
    around,
    pino({ level: "silent" }),
  );
  const said = /write down: (.*)$/m.exec(await Promise.race([announced, ended.then(() => "")]))![1]!;
  return {
    said,
    state,
    peer: parseWitnessPeer(said) as Required<WitnessPeer>,
    async [Symbol.asyncDispose]() {
      abort.abort(new Error("stopped"));
      await ended;
    },
  };
}

async function cosigned(peer: WitnessPeer, from: OpenedLog): Promise<void> {
  const http = createWitnessHttp({ policy: createAddressPolicy({ allow: ["127.0.0.1"] }), clock: systemClock });
  const { tree, head, checkpoint } = from;
  const cosigning = await createCosigner({ witnesses: [peer], http, quorum: 1 }).cosign({
    origin,
    size: head.size,
    note: checkpoint,
    consistencyProof: (old, size) => tree.consistencyProof(old, size),
    verifiers: [noteVerifier(logKey)],
    root: (size) => tree.root(size),
    checkpointAt: (size) => from.checkpointAt(size),
  });
  await http.close();
  expect(cosigning.isEnough).toBe(true);
}

function git(folder: string, ...args: string[]): void {
  execFileSync("git", ["-C", folder, ...args], {
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" },
    stdio: "pipe",
  });
}
