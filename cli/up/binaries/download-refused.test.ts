import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { type BinaryError, ensureBinary } from "./ensure.ts";
import { writeScript } from "./fake-programs.fixture.ts";
import { sha256 } from "./release-server.fixture.ts";
import { archive, createWorld, etcdFile, leftIn, publishEtcd, serveEtcd, type World } from "./release-world.fixture.ts";

const root = scratchDirectory("refused-download");
let world: World;
let folder: string;
let server: World["server"];
let options: World["options"];

beforeEach(async () => {
  world = await createWorld(root);
  ({ folder, server, options } = world);
});
afterEach(() => server.close());

/** Without Go on PATH, the whole reason is in the error; `asked` counts requests for the archive. */
const faults: Record<
  string,
  { given: () => Promise<unknown>; code: string; sentence: string | RegExp; asked: number }
> = {
  "cut every time": {
    given: () => serveEtcd(world, "cut"),
    code: "download-cut",
    sentence: /tar\.gz ended after \d+ B of \d+ B/,
    asked: 2,
  },
  "stalled every time": {
    given: () => serveEtcd(world, "stalled"),
    code: "download-stalled",
    sentence: "tar.gz sent nothing for 0.2 s",
    asked: 2,
  },
  "never answered": {
    given: () => serveEtcd(world, "silent"),
    code: "download-stalled",
    sentence: "sent nothing for",
    asked: 2,
  },
  "not there": {
    given: () => serveEtcd(world, { status: 404 }),
    code: "download-refused",
    sentence: "tar.gz answered 404. ",
    asked: 1,
  },
  "refused by a server in trouble": {
    given: () => serveEtcd(world, { status: 503 }),
    code: "download-refused",
    sentence: "Try again later.",
    asked: 1,
  },
  "with a redirect to nowhere": {
    given: () => serveEtcd(world, { redirect: "" }),
    code: "redirect-refused",
    sentence: "is not followed: more than 5 hops",
    asked: 6,
  },
  "with a redirect to a file": {
    given: () => serveEtcd(world, { redirect: "file:///etc/passwd" }),
    code: "redirect-refused",
    sentence: "points to file:///etc/passwd, which is not followed: it is not encrypted",
    asked: 1,
  },
  "not what the checksum says": {
    given: () => serveEtcd(world, "whole", () => `${sha256("something else")}  ${etcdFile}\n`),
    code: "checksum-wrong",
    sentence: new RegExp(`has SHA-256 [0-9a-f]{64}, published is ${sha256("something else")}`),
    asked: 2,
  },
  "without a checksum of its own": {
    given: () => serveEtcd(world, "whole", (sum) => `${sum}  ${etcdFile}.sig\n`),
    code: "checksum-missing",
    sentence: `SHA256SUMS holds no SHA-256 for ${etcdFile}`,
    asked: 0,
  },
  "with a page in place of the checksums": {
    given: () => serveEtcd(world, "whole", () => "<html>log in to the hotel's network</html>"),
    code: "checksum-missing",
    sentence: "Without it the download cannot be trusted",
    asked: 0,
  },
  "no archive at all": {
    given: async () => {
      publishEtcd(world, "text");
    },
    code: "archive-broken",
    sentence: "cannot be unpacked",
    asked: 1,
  },
  "an archive without the program": {
    given: async () => {
      const content = await archive(world, { "etcd-v3.6.16-linux-amd64/README.md": "text" });
      publishEtcd(world, content);
    },
    code: "archive-broken",
    sentence: "cannot be unpacked (ENOENT",
    asked: 1,
  },
  "a program of another release": {
    given: async () => {
      const content = await archive(world, { "etcd-v3.6.16-linux-amd64/etcd": "etcd Version: 3.4.0" });
      publishEtcd(world, content);
    },
    code: "does-not-answer",
    sentence: "is of no use: is 3.4.0, accepted is >=3.5.0 <4",
    asked: 1,
  },
};

describe("a release that is", () => {
  test.for(Object.entries(faults))("%s leads to building, and its reason is told", async ([, fault]) => {
    await fault.given();
    const error = (await ensureBinary("etcd", options).catch((thrown: unknown) => thrown)) as BinaryError;
    expect(error).toMatchObject({ code: "unavailable", reasons: [{ code: fault.code }, { code: "go-missing" }] });
    expect(`${error.message} ${error.reasons.map(({ message }) => message).join(" ")}`).toMatch(fault.sentence);
    expect(server.asked.filter((path) => path.endsWith(etcdFile))).toHaveLength(fault.asked);
    expect(leftIn(world, "etcd")).toEqual([]);
  });
});

describe("no download", () => {
  const refused = (): Promise<BinaryError> =>
    ensureBinary("etcd", options).then(
      () => expect.unreachable(),
      (error: BinaryError) => error,
    );

  test("is tried from a host that could not be reached, also not for the next binary", async () => {
    await server.close();
    const [first] = (await refused()).reasons;
    expect(first).toMatchObject({ code: "network-unreachable", transient: true });
    expect(first?.message).toContain("cannot be reached (it refuses connections). Check the network; behind a proxy");
    expect([...(options.unreachable?.keys() ?? [])]).toEqual([new URL(server.origin).host]);
    options.unreachable?.set(new URL(server.origin).host, "it was asked before");
    const second = await ensureBinary("kubectl", options).catch((error: BinaryError) => error);
    expect((second as BinaryError).message).toContain("cannot be reached (it was asked before)");
  });

  test("is tried when COMMONHOLD_OFFLINE=1", async () => {
    await serveEtcd(world);
    options.env["COMMONHOLD_OFFLINE"] = "1";
    expect((await refused()).message).toContain("COMMONHOLD_OFFLINE=1 forbids downloading it");
    expect(server.asked).toEqual([]);
  });

  test("begins when the archive could not be opened here", async () => {
    const error = (await ensureBinary("ollama", options).catch((thrown: unknown) => thrown)) as BinaryError;
    expect(error.reasons[0]).toMatchObject({ code: "unpacker-missing" });
    expect(error.message).toMatch(/needs the program zstd, which is not on PATH[\s\S]*Install it: .*zstd/);
    expect(server.asked).toEqual([]);
  });

  test("goes on when the disk is too small for it, and nothing else is tried", async () => {
    await serveEtcd(world);
    writeScript(join(folder, "path", "go"), `echo called > ${folder}/go-was-called`);
    options.freeBytes = async () => 100;
    const error = await refused();
    expect(error.code).toBe("disk-full");
    expect(error.message).toMatch(/it needs .+ at .+, 100 B are free\. Free some space, or set XDG_CACHE_HOME/);
    expect(existsSync(join(folder, "go-was-called"))).toBe(false);
    expect(leftIn(world, "etcd")).toEqual([]);
  });

  test("goes on after an abort, which ends it at once", async () => {
    await serveEtcd(world, "stalled");
    options.httpLimits = { connectTimeoutMs: 60_000, stallTimeoutMs: 60_000 };
    const abort = new AbortController();
    options.onProgress = ({ phase, done }) => phase === "downloading" && done > 0 && abort.abort(new Error("stopped"));
    await expect(ensureBinary("etcd", { ...options, signal: abort.signal })).rejects.toThrow("stopped");
    expect(leftIn(world, "etcd")).toEqual([]);
  });

  test("is possible for a platform that nobody publishes for", async () => {
    options.platform = { os: "win32", arch: "x64" };
    const error = await refused();
    expect(error.code).toBe("platform-unsupported");
    expect(error.message).toContain(
      "neither a release nor a recipe for win32-x64. Use Linux or macOS on x64 or arm64 (WSL 2",
    );
    options.platform = { os: "linux", arch: "s390x" };
    expect((await refused()).message).not.toContain("WSL");
  });

  test("is possible for a program that its project does not publish for this platform: it is built", async () => {
    options.platform = { os: "darwin", arch: "arm64" };
    const error = (await ensureBinary("kube-apiserver", options).catch((thrown: unknown) => thrown)) as BinaryError;
    expect(error.message).toContain("its project publishes no release for darwin-arm64");
    expect(error.reasons.map(({ code }) => code)).toEqual(["release-missing", "go-missing"]);
    expect(server.asked).toEqual([]);
  });

  test("is possible where the cache cannot be written", async () => {
    mkdirSync(join(folder, "path"), { recursive: true });
    options.env["XDG_CACHE_HOME"] = process.platform === "linux" ? "/sys" : "/";
    const error = await refused();
    expect(error).toMatchObject({ code: "permission-denied", binary: "etcd" });
    expect(error.message).toMatch(
      /: \/(sys)? cannot be written by this user\. Make it writable, or set XDG_CACHE_HOME/,
    );
  });
});
