/** A witness as it runs: on a real disk, asked over a real socket. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { request } from "undici";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { cosignatureVerifier } from "../../operator/tlog/cosignature.ts";
import { toBase64 } from "../../operator/tlog/note/base64.ts";
import { formatPrivateKey, formatPublicKey, parsePublicKey } from "../../operator/tlog/note/key.ts";
import { noteVerifier } from "../../operator/tlog/note/verify.ts";
import { openCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import { genesis, growth, logKey, origin, rewritten } from "./log-world.fixture.ts";
import { readSettings } from "./settings.ts";
import { type RunningWitness, startWitness } from "./start.ts";
import { type Disk, systemDisk } from "./state/disk.ts";
import { originHash } from "./state/heads.ts";

const root = mkdtempSync(join(tmpdir(), "commonhold-witness-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const running: RunningWitness[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((witness) => witness.stop()));
});
let folders = 0;

describe("a running witness", () => {
  test("cosigns over http, shows it, and goes on after a restart with the same key", async () => {
    const state = newFolder();
    const first = await started(state);
    expect(await post(first, growth(1, 5))).toMatchObject({ status: 200, type: "text/plain; charset=utf-8" });
    await first.stop();
    const again = await started(state);
    expect(again.vkey).toBe(first.vkey);
    expect(await post(again, growth(1, 9))).toEqual({ status: 409, type: "text/x.tlog.size", body: "5\n" });
    expect(await post(again, growth(5, 9))).toMatchObject({ status: 200 });
    const { body } = await get(again, `/checkpoints/${originHash(origin)}`);
    const witnesses = [cosignatureVerifier(parsePublicKey(again.vkey))];
    const shown = openCheckpoint(body, { origin, log: [noteVerifier(logKey)], witnesses });
    expect([shown.checkpoint.size, shown.cosigned.length]).toEqual([9, 1]);
  });

  test("keeps its folder to itself", async () => {
    const state = newFolder();
    await post(await started(state), growth(1, 5));
    expect(statSync(state).mode & 0o777).toBe(0o700);
    for (const file of ["key", `logs/${originHash(origin)}/head.1`]) {
      expect(statSync(join(state, file)).mode & 0o777, file).toBe(0o600);
    }
  });

  test("keeps what it refused where people find it", async () => {
    const state = newFolder();
    const witness = await started(state);
    await post(witness, growth(1, 5));
    expect(await post(witness, growth(5, 5, rewritten))).toMatchObject({ status: 409 });
    const [name] = await systemDisk.list(join(state, "claims", originHash(origin)));
    expect(name).toMatch(/^fork-[0-9a-f]{16}\.json$/);
    expect(JSON.parse(readFileSync(join(state, "claims", originHash(origin), name!), "utf8"))).toMatchObject({
      code: "fork",
    });
  });

  test.each<[string, string, string, number]>([
    ["a page that there is not", "GET", "/", 404],
    ["a log that it never signed", "GET", `/checkpoints/${"0".repeat(64)}`, 404],
    ["a path that leads out of the folder", "GET", "/checkpoints/..%2f..%2fkey", 404],
    ["add-checkpoint without a body", "POST", "/add-checkpoint", 400],
    ["another method", "PUT", "/add-checkpoint", 404],
  ])("refuses %s", async (_, method, path, status) => {
    const witness = await started(newFolder());
    expect((await ask(witness, method, path)).status).toBe(status);
  });

  test("refuses a body that is too long, before it has read it", async () => {
    expect(await post(await started(newFolder()), Buffer.alloc(1_000_000, "a"))).toMatchObject({ status: 413 });
  });

  test("takes a request in whatever type it is said to be", async () => {
    const witness = await started(newFolder());
    for (const type of ["application/json", "application/octet-stream", "text/plain"]) {
      expect(await ask(witness, "POST", "/add-checkpoint", growth(1, 1), type)).toMatchObject({ status: 200 });
    }
  });

  test("says that it is not ready while its disk fails, signs nothing meanwhile, and recovers", async () => {
    let isFull = false;
    const disk: Disk = {
      ...systemDisk,
      write: (path, content) => (isFull ? Promise.reject(new Error("ENOSPC")) : systemDisk.write(path, content)),
    };
    const witness = await started(newFolder(), disk);
    isFull = true;
    expect(await post(witness, growth(1, 5))).toMatchObject({ status: 500 });
    expect((await get(witness, "/readyz")).status).toBe(503);
    expect((await get(witness, "/healthz")).status).toBe(200);
    isFull = false;
    expect(await post(witness, growth(1, 5))).toMatchObject({ status: 200 });
    expect((await get(witness, "/readyz")).status).toBe(200);
  });

  test("does not start with the key of a log, with a key that is none, or without a name for a new one", async () => {
    const state = newFolder();
    await expect(startWitness(dependencies(state, systemDisk, ""))).rejects.toThrow("give the witness a name");
    await started(state);
    for (const text of [formatPrivateKey(logKey, Buffer.alloc(32, 1)), "hello", ""]) {
      writeFileSync(join(state, "key"), text);
      await expect(startWitness(dependencies(state))).rejects.toThrow(TypeError);
    }
  });
});

describe("its settings", () => {
  const good = {
    COMMONHOLD_WITNESS_ORIGIN: origin,
    COMMONHOLD_WITNESS_LOG_KEYS: formatPublicKey(logKey),
    COMMONHOLD_WITNESS_GENESIS: toBase64(genesis),
  };

  test("are read with their defaults", () => {
    const settings = readSettings(good);
    expect(settings).toMatchObject({ origin, port: 8090, listenAddress: "127.0.0.1", logLevel: "info", keyName: "" });
    expect(settings.logKeys.map(formatPublicKey)).toEqual([formatPublicKey(logKey)]);
    expect(Buffer.from(settings.genesis)).toEqual(Buffer.from(genesis));
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ["no log", { COMMONHOLD_WITNESS_ORIGIN: "" }, /say which log is witnessed/],
    ["no key", { COMMONHOLD_WITNESS_LOG_KEYS: "" }, /give one key/],
    ["a key that is none", { COMMONHOLD_WITNESS_LOG_KEYS: "hello" }, /no public key of a log/],
    ["the key of a witness", { COMMONHOLD_WITNESS_LOG_KEYS: "ada+1a2b3c4d+BA==" }, /no public key of a log/],
    ["a genesis in hexadecimal", { COMMONHOLD_WITNESS_GENESIS: "ab".repeat(32) }, /in base 64/],
    ["a genesis that is a digest", { COMMONHOLD_WITNESS_GENESIS: `sha256:${"ab".repeat(32)}` }, /in base 64/],
    ["a name with a space", { COMMONHOLD_WITNESS_NAME: "ada lovelace" }, /neither spaces/],
  ])("with %s are refused", (_, more, words) => {
    expect(() => readSettings({ ...good, ...more })).toThrow(words);
  });
});

function newFolder(): string {
  return join(root, String(++folders), "state");
}

async function started(stateFolder: string, disk?: Disk): Promise<RunningWitness> {
  const witness = await startWitness(dependencies(stateFolder, disk));
  running.push(witness);
  return witness;
}

function dependencies(stateFolder: string, disk: Disk = systemDisk, keyName = "ada.example/witness") {
  const settings = { stateFolder, keyName, origin, logKeys: [logKey], genesis, listenAddress: "127.0.0.1", port: 0 };
  return { settings, disk, clock: new ManualClock(), logger: pino({ level: "silent" }) };
}

const post = (witness: RunningWitness, body: Buffer) => ask(witness, "POST", "/add-checkpoint", body);
const get = (witness: RunningWitness, path: string) => ask(witness, "GET", path);

async function ask({ url }: RunningWitness, method: string, path: string, body?: Buffer, type = "text/plain") {
  const headers = body ? { "content-type": type } : {};
  const response = await request(url + path, { method, headers, ...(body && { body }) });
  return {
    status: response.statusCode,
    type: String(response.headers["content-type"] ?? ""),
    body: await response.body.text(),
  };
}
