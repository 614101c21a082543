import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "tar";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../operator/clock/system.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { type BinaryError, type BinaryName, type BinaryOptions, ensureBinary } from "./ensure.ts";
import { writeProgram, writeScript } from "./fake-programs.fixture.ts";
import type { Progress } from "./progress.ts";
import { type ReleaseServer, type Service, sha256, startReleaseServer } from "./release-server.fixture.ts";

const root = scratchDirectory("download");
let folder: string;
let server: ReleaseServer;
let options: BinaryOptions & { env: Record<string, string> };
let seen: Progress[];

beforeEach(async () => {
  folder = mkdtempSync(join(root, "test-"));
  server = await startReleaseServer();
  seen = [];
  options = {
    env: { PATH: join(folder, "path"), XDG_CACHE_HOME: join(folder, "cache") },
    clock: systemClock,
    onProgress: (progress) => seen.push(progress),
    origins: { github: server.origin, kubernetes: server.origin },
    httpLimits: { connectTimeoutMs: 500, stallTimeoutMs: 200 },
    platform: { os: "linux", arch: "x64" },
    freeBytes: async () => 2 ** 40,
    unreachable: new Map(),
  };
});
afterEach(() => server.close());

const etcdFolder = "/etcd-io/etcd/releases/download/v3.6.16";
const etcdFile = "etcd-v3.6.16-linux-amd64.tar.gz";

/** An archive of the given files, `tar czf`. */
async function archive(files: Record<string, string>): Promise<Buffer> {
  const content = mkdtempSync(join(folder, "archive-"));
  for (const [path, said] of Object.entries(files)) writeProgram(join(content, path), said);
  const file = join(folder, "archive.tar.gz");
  await create({ gzip: true, file, cwd: content }, readdirSync(content));
  return readFileSync(file);
}

async function serveEtcd(service: Service | Service[] = "whole", sum?: (real: string) => string): Promise<Buffer> {
  const content = await archive({
    "etcd-v3.6.16-linux-amd64/etcd": "etcd Version: 3.6.16",
    "etcd-v3.6.16-linux-amd64/etcdctl": "etcdctl version: 3.6.16",
  });
  const lines = [`${sha256("another file")}  etcd-v3.6.16-linux-arm64.tar.gz`, `${sha256(content)}  ${etcdFile}`, ""];
  server.serve(`${etcdFolder}/SHA256SUMS`, sum ? sum(sha256(content)) : lines.join("\n"));
  server.serve(`${etcdFolder}/${etcdFile}`, content, service);
  return content;
}

/** What a failed attempt may leave: the lock's folder, nothing else. */
function leftIn(name: BinaryName): string[] {
  return readdirSync(join(folder, "cache", "commonhold", name)).filter((entry) => entry !== ".lock");
}

describe("an official release", () => {
  test("of etcd: the program alone is kept, answers, and the second run asks for nothing", async () => {
    await serveEtcd();
    const path = join(folder, "cache", "commonhold", "etcd", "3.6.16", "bin", "etcd");
    const binary = { name: "etcd", path, version: "3.6.16" };
    expect(await ensureBinary("etcd", options)).toEqual({ ...binary, source: "download" });
    expect(server.asked).toEqual([`${etcdFolder}/SHA256SUMS`, `${etcdFolder}/${etcdFile}`]);
    expect(await ensureBinary("etcd", options)).toEqual({ ...binary, source: "cache" });
    expect(server.asked).toHaveLength(2);
    expect(leftIn("etcd")).toEqual(["3.6.16"]);
    expect(readdirSync(join(path, ".."))).toEqual(["etcd"]);
  });

  test("of Kubernetes: a program and a file with its sum alone", async () => {
    const program = "#!/bin/sh\necho 'Kubernetes v1.36.3'\n";
    server.serve("/v1.36.3/bin/linux/arm64/kube-apiserver", program, "without a length");
    server.serve("/v1.36.3/bin/linux/arm64/kube-apiserver.sha256", sha256(program).toUpperCase());
    options.platform = { os: "linux", arch: "arm64" };
    expect(await ensureBinary("kube-apiserver", options)).toMatchObject({ version: "1.36.3", source: "download" });
  });

  test("of Ollama for Linux: Zstandard, and lib/ollama stays beside bin/ollama", async () => {
    // A stand-in for zstd(1) that is called as the real one and copies what is not compressed.
    writeScript(
      join(folder, "path", "zstd"),
      'while [ "$1" != -o ]; do [ "$1" = --version ] && exit 0; shift; done\n/bin/cp "$3" "$2"\n',
    );
    const content = await archive({
      "bin/ollama": "Warning: client version is 0.24.0",
      "lib/ollama/libggml-cpu.so": "library",
      "lib/ollama/cuda_v13/libggml-cuda.so": "library",
    });
    const place = "/ollama/ollama/releases/download/v0.24.0";
    server.serve(`${place}/sha256sum.txt`, `${sha256(content)}  ./ollama-linux-amd64.tar.zst\n`);
    server.serve(`${place}/ollama-linux-amd64.tar.zst`, content);
    const { path } = await ensureBinary("ollama", options);
    expect(existsSync(join(path, "../../lib/ollama/cuda_v13/libggml-cuda.so"))).toBe(true);
  });

  test("of Ollama for macOS: program and libraries in one folder", async () => {
    const content = await archive({ ollama: "ollama version is 0.24.0", "libggml-base.dylib": "library" });
    const place = "/ollama/ollama/releases/download/v0.24.0";
    server.serve(`${place}/sha256sum.txt`, `${sha256(content)} *ollama-darwin.tgz\n`);
    server.serve(`${place}/ollama-darwin.tgz`, content);
    options.platform = { os: "darwin", arch: "arm64" };
    const { path } = await ensureBinary("ollama", options);
    expect(readdirSync(join(path, "..")).sort()).toEqual(["libggml-base.dylib", "ollama"]);
  });

  test("is followed over redirects to another host", async () => {
    const content = await serveEtcd();
    server.serve("/elsewhere/file?signed=1", content);
    server.serve("/hop", "", { redirect: "elsewhere/file?signed=1" });
    server.serve(`${etcdFolder}/${etcdFile}`, "", {
      redirect: `${server.origin.replace("127.0.0.1", "localhost")}/hop`,
    });
    expect(await ensureBinary("etcd", options)).toMatchObject({ source: "download" });
  });

  test("is fetched once more after a cut", async () => {
    await serveEtcd(["cut", "whole"]);
    expect(await ensureBinary("etcd", options)).toMatchObject({ source: "download" });
    expect(seen.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/ended after \d+ B of \d+ B; trying once more$/),
    );
  });

  test("replaces what lies in its place and no longer answers", async () => {
    await serveEtcd();
    const { path } = await ensureBinary("etcd", options);
    writeScript(path, "exit 1");
    expect(await ensureBinary("etcd", options)).toEqual({ name: "etcd", path, version: "3.6.16", source: "download" });
    expect(leftIn("etcd")).toEqual(["3.6.16"]);
  });

  test("tells how far it is, in bytes", async () => {
    const content = await serveEtcd();
    await ensureBinary("etcd", options);
    expect(seen.filter(({ phase }) => phase === "verifying")).toMatchObject([
      { done: content.length, total: content.length },
    ]);
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual([
      "looking",
      "downloading",
      "verifying",
      "unpacking",
      "ready",
    ]);
  });
});

/** Without Go on PATH, the whole reason is in the error; `asked` counts requests for the archive. */
const faults: Record<
  string,
  { given: () => Promise<unknown>; code: string; sentence: string | RegExp; asked: number }
> = {
  "cut every time": {
    given: () => serveEtcd("cut"),
    code: "download-cut",
    sentence: /tar\.gz ended after \d+ B of \d+ B/,
    asked: 2,
  },
  "stalled every time": {
    given: () => serveEtcd("stalled"),
    code: "download-stalled",
    sentence: "tar.gz sent nothing for 0.2 s",
    asked: 2,
  },
  "never answered": {
    given: () => serveEtcd("silent"),
    code: "download-stalled",
    sentence: "sent nothing for",
    asked: 2,
  },
  "not there": {
    given: () => serveEtcd({ status: 404 }),
    code: "download-refused",
    sentence: "tar.gz answered 404. ",
    asked: 1,
  },
  "refused by a server in trouble": {
    given: () => serveEtcd({ status: 503 }),
    code: "download-refused",
    sentence: "Try again later.",
    asked: 1,
  },
  "with a redirect to nowhere": {
    given: () => serveEtcd({ redirect: "" }),
    code: "redirect-refused",
    sentence: "is not followed: more than 5 hops",
    asked: 6,
  },
  "with a redirect to a file": {
    given: () => serveEtcd({ redirect: "file:///etc/passwd" }),
    code: "redirect-refused",
    sentence: "points to file:///etc/passwd, which is not followed: it is not encrypted",
    asked: 1,
  },
  "not what the checksum says": {
    given: () => serveEtcd("whole", () => `${sha256("something else")}  ${etcdFile}\n`),
    code: "checksum-wrong",
    sentence: new RegExp(`has SHA-256 [0-9a-f]{64}, published is ${sha256("something else")}`),
    asked: 2,
  },
  "without a checksum of its own": {
    given: () => serveEtcd("whole", (sum) => `${sum}  ${etcdFile}.sig\n`),
    code: "checksum-missing",
    sentence: `SHA256SUMS holds no SHA-256 for ${etcdFile}`,
    asked: 0,
  },
  "with a page in place of the checksums": {
    given: () => serveEtcd("whole", () => "<html>log in to the hotel's network</html>"),
    code: "checksum-missing",
    sentence: "Without it the download cannot be trusted",
    asked: 0,
  },
  "no archive at all": {
    given: async () => {
      server.serve(`${etcdFolder}/SHA256SUMS`, `${sha256("text")}  ${etcdFile}\n`);
      server.serve(`${etcdFolder}/${etcdFile}`, "text");
    },
    code: "archive-broken",
    sentence: "cannot be unpacked",
    asked: 1,
  },
  "an archive without the program": {
    given: async () => {
      const content = await archive({ "etcd-v3.6.16-linux-amd64/README.md": "text" });
      server.serve(`${etcdFolder}/SHA256SUMS`, `${sha256(content)}  ${etcdFile}\n`);
      server.serve(`${etcdFolder}/${etcdFile}`, content);
    },
    code: "archive-broken",
    sentence: "cannot be unpacked (ENOENT",
    asked: 1,
  },
  "a program of another release": {
    given: async () => {
      const content = await archive({ "etcd-v3.6.16-linux-amd64/etcd": "etcd Version: 3.4.0" });
      server.serve(`${etcdFolder}/SHA256SUMS`, `${sha256(content)}  ${etcdFile}\n`);
      server.serve(`${etcdFolder}/${etcdFile}`, content);
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
    expect(leftIn("etcd")).toEqual([]);
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
    await serveEtcd();
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
    await serveEtcd();
    writeScript(join(folder, "path", "go"), `echo called > ${folder}/go-was-called`);
    options.freeBytes = async () => 100;
    const error = await refused();
    expect(error.code).toBe("disk-full");
    expect(error.message).toMatch(/it needs .+ at .+, 100 B are free\. Free some space, or set XDG_CACHE_HOME/);
    expect(existsSync(join(folder, "go-was-called"))).toBe(false);
    expect(leftIn("etcd")).toEqual([]);
  });

  test("goes on after an abort, which ends it at once", async () => {
    await serveEtcd("stalled");
    options.httpLimits = { connectTimeoutMs: 60_000, stallTimeoutMs: 60_000 };
    const abort = new AbortController();
    options.onProgress = ({ phase, done }) => phase === "downloading" && done > 0 && abort.abort(new Error("stopped"));
    await expect(ensureBinary("etcd", { ...options, signal: abort.signal })).rejects.toThrow("stopped");
    expect(leftIn("etcd")).toEqual([]);
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
