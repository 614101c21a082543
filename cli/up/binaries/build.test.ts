import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../operator/clock/system.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { type BinaryError, type BinaryName, type BinaryOptions, ensureBinary } from "./ensure.ts";
import { callsOf, type FakeGo, writeFakeGo, writeProgram, writeScript } from "./fake-programs.fixture.ts";
import { cpuFeatures, vectorFeatures } from "./platform.ts";
import type { Progress } from "./progress.ts";

const root = scratchDirectory("build");
let folder: string;
let tools: string;
let options: BinaryOptions & { env: Record<string, string> };
let seen: Progress[];

beforeEach(() => {
  folder = mkdtempSync(join(root, "test-"));
  tools = join(folder, "path");
  seen = [];
  options = {
    env: { PATH: tools, XDG_CACHE_HOME: join(folder, "cache"), COMMONHOLD_OFFLINE: "1" },
    clock: systemClock,
    onProgress: (progress) => seen.push(progress),
    platform: { os: "linux", arch: "x64" },
    freeBytes: async () => 2 ** 40,
  };
});

const builtModule = (file: string): string => readFileSync(join(tools, "module", file), "utf8");
const builtEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    readFileSync(join(tools, "environment"), "utf8")
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
const leftIn = (name: BinaryName): string[] =>
  readdirSync(join(folder, "cache", "commonhold", name)).filter((entry) => entry !== ".lock");

describe("a recipe", () => {
  test("wraps the module and builds its command without C, whatever the person's settings cross-compile for", async () => {
    writeFakeGo(tools);
    Object.assign(options.env, {
      GOOS: "plan9",
      GOARCH: "mips",
      GOFLAGS: "-mod=vendor",
      GOPROXY: "https://example.org",
    });
    const path = join(folder, "cache", "commonhold", "etcd", "3.6.16", "bin", "etcd");
    expect(await ensureBinary("etcd", options)).toEqual({ name: "etcd", path, version: "3.6.16", source: "build" });
    expect(builtModule("go.mod")).toBe(
      "module commonhold.dev/build\ngo 1.26\nrequire go.etcd.io/etcd/server/v3 v3.6.16\n",
    );
    expect(builtModule("tools.go")).toContain('import _ "go.etcd.io/etcd/server/v3"');
    const environment = builtEnvironment();
    expect(environment).toMatchObject({
      CGO_ENABLED: "0",
      GOFLAGS: "-mod=mod -buildvcs=false",
      GOPROXY: "https://example.org",
    });
    expect(Object.keys(environment)).not.toContain("GOOS");
    expect(Object.keys(environment)).not.toContain("GOARCH");
    expect(leftIn("etcd")).toEqual(["3.6.16"]);
  });

  test("of Kubernetes takes its staged modules at their published version and stamps the version", async () => {
    const goMod =
      "require k8s.io/api v0.0.0\n\nreplace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n\tk8s.io/client-go => ./staging/src/k8s.io/client-go\n\texample.org/x => example.org/fork v1.0.0\n)\n";
    writeFakeGo(tools, { says: "Kubernetes v1.36.3", modules: { "k8s.io/kubernetes@v1.36.3": { "go.mod": goMod } } });
    await ensureBinary("kube-apiserver", options);
    expect(
      builtModule("go.mod")
        .split("\n")
        .filter((line) => line.startsWith("replace")),
    ).toEqual(["replace k8s.io/api => k8s.io/api v0.36.3", "replace k8s.io/client-go => k8s.io/client-go v0.36.3"]);
    const [build] = callsOf(tools, "build");
    for (const stamp of ["gitVersion=v1.36.3", "gitMajor=1", "gitMinor=36"]) {
      expect(build).toContain(`-X=k8s.io/component-base/version.${stamp}`);
      expect(build).toContain(`-X=k8s.io/client-go/pkg/version.${stamp}`);
    }
  });

  test("of Ollama compiles C with headers from other modules, for this kind of processor, and notes what it needs", async () => {
    writeProgram(join(tools, "gcc"), "gcc 12");
    writeProgram(join(tools, "g++"), "g++ 12");
    const compile = `/bin/cp -r "$CPLUS_INCLUDE_PATH" ${tools}/include; /usr/bin/env > ${tools}/environment
      while [ "$1" != -o ]; do shift; done
      printf '#!/bin/sh\\necho client version is 0.24.0\\n' > "$2"; /bin/chmod 755 "$2"`;
    writeFakeGo(tools, {
      build: compile,
      modules: {
        "github.com/ollama/ollama@v0.5.4": { "go.mod": "", "llama/json.hpp": "json", "llama/stb_image.h": "stb" },
        "github.com/gen2brain/malgo@v0.11.24": { "go.mod": "", "miniaudio.h": "audio" },
      },
    });
    const { path } = await ensureBinary("ollama", options);
    const headers = readdirSync(join(tools, "include"), { recursive: true, withFileTypes: true });
    expect(
      headers
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["json.hpp", "json_fwd.hpp", "miniaudio.h", "stb_image.h"]);
    expect(readFileSync(join(tools, "include/miniaudio/miniaudio.h"), "utf8")).toBe("audio");
    const fast = cpuFeatures().length === vectorFeatures.length;
    const flags = fast ? "-O2 -mavx -mavx2 -mbmi2 -mf16c -mfma" : "-O2";
    expect(builtEnvironment()).toMatchObject({ CGO_ENABLED: "1", CGO_CFLAGS: flags, CGO_CXXFLAGS: flags });
    expect(existsSync(join(path, "../../needs.json"))).toBe(fast);
  });

  test("of the registry is a program of our own that leaves the clouds out", async () => {
    writeFakeGo(tools, { says: "registry github.com/distribution/distribution/v3 v3.1.2" });
    await ensureBinary("registry", options);
    expect(builtModule("main.go")).toContain("storage/driver/filesystem");
    expect(builtModule("main.go")).not.toMatch(/s3|azure|gcs/);
  });

  test("counts packages, and says why there was no download", async () => {
    writeFakeGo(tools);
    await ensureBinary("etcd", options);
    expect(seen.filter(({ phase }) => phase === "building")).toMatchObject([
      { done: 1, total: 3, message: "compiling example.org/a" },
      { done: 2, total: 3, message: "compiling example.org/b" },
    ]);
    expect(seen.find(({ phase }) => phase === "preparing")?.message).toBe(
      "COMMONHOLD_OFFLINE=1 forbids downloading it; building it with Go 1.26.8: fetching its modules",
    );
  });

  test("is one build at a time, since each takes the whole machine", async () => {
    const tidy = `[ -e ${folder}/running ] && exit 9; : > ${folder}/running`;
    const build = `while [ ! -e ${folder}/go-on ]; do /bin/sleep 0.05; done; /bin/rm ${folder}/running
      while [ "$1" != -o ]; do shift; done
      printf '#!/bin/sh\\necho etcd Version: 3.6.16 distribution 3.1.2\\n' > "$2"; /bin/chmod 755 "$2"`;
    writeFakeGo(tools, { tidy, build });
    const both = Promise.all([ensureBinary("etcd", options), ensureBinary("registry", options)]);
    await expect.poll(() => seen.map(({ phase }) => phase)).toContain("waiting");
    writeFileSync(join(folder, "go-on"), "");
    await both;
    expect(seen.find(({ phase }) => phase === "waiting")?.message).toMatch(
      /this process is building another program; waiting for that$/,
    );
  });

  test("asked for twice at once by one process is followed once", async () => {
    writeFakeGo(tools);
    const found = await Promise.all([ensureBinary("etcd", options), ensureBinary("etcd", options)]);
    expect(found.map(({ source }) => source).sort()).toEqual(["build", "cache"]);
    expect(callsOf(tools, "build")).toHaveLength(1);
  });

  test("is enough for a Go that is too old but may fetch a newer one", async () => {
    writeFakeGo(tools, { version: "go1.24.1", toolchain: "auto" });
    expect(await ensureBinary("etcd", options)).toMatchObject({ source: "build" });
  });
});

const failingWith = (line: string): FakeGo => ({ build: `echo '${line}' >&2; exit 1` });
const refusals: Record<string, { go?: FakeGo; binary?: BinaryName; code: string; sentence: RegExp }> = {
  "there is no Go": {
    code: "go-missing",
    sentence: /no Go on PATH to build it with[\s\S]*Install Go 1\.26 or newer \(https:\/\/go\.dev\/dl\)/,
  },
  "Go is too old and may not fetch another": {
    go: { version: "go1.24.1", toolchain: "local" },
    code: "go-too-old",
    sentence: /Go 1\.24\.1 is too old to build it[\s\S]*GOTOOLCHAIN=auto/,
  },
  "Go is too old to fetch another": {
    go: { version: "go1.19.8", toolchain: "" },
    code: "go-too-old",
    sentence: /Go 1\.19\.8 is too old/,
  },
  "there is no C compiler": {
    go: {},
    binary: "ollama",
    code: "compiler-missing",
    sentence: /needs a C and a C\+\+ compiler, and gcc does not run[\s\S]*Install both: /,
  },
  "the C compiler of Go's settings is missing": {
    go: { cCompiler: "ccache clang-99" },
    binary: "ollama",
    code: "compiler-missing",
    sentence: /ccache does not run/,
  },
  "modules cannot be fetched": {
    go: {
      tidy: "echo 'go: example.org/a@v1: Get \"https://proxy/a\": dial tcp: lookup proxy: no such host' >&2; exit 1",
    },
    code: "modules-unreachable",
    sentence: /Go could not fetch its modules \(go: example\.org.*no such host\)[\s\S]*GOPROXY/,
  },
  "the disk fills up while compiling": {
    go: failingWith("write $WORK/b001/_pkg_.a: no space left on device"),
    code: "disk-full",
    sentence: /the disk that holds .*\/cache\/commonhold is full\. Free some space/,
  },
  "Go's own cache is on a disk that fills up": {
    go: failingWith("go: writing trim.txt: open /big/go-build/trim.txt: no space left on device"),
    code: "disk-full",
    sentence: /the disk that holds \/big\/go-build is full/,
  },
  "memory runs out": {
    go: failingWith("compile: signal: killed"),
    code: "memory-short",
    sentence: /the compiler was killed, most likely because memory ran out[\s\S]*Free 3 GiB/,
  },
  "a compiler is found missing only then": {
    go: failingWith('cgo: C compiler "gcc" not found: exec: "gcc": executable file not found in $PATH'),
    code: "compiler-missing",
    sentence: /gcc does not run/,
  },
  "Go's cache cannot be written": {
    go: failingWith("failed to initialize build cache: mkdir /root/.cache/go-build: permission denied"),
    code: "permission-denied",
    sentence: /\/root\/\.cache\/go-build cannot be written by this user/,
  },
  "a module asks for a newer Go than was known": {
    go: failingWith("go: k8s.io/kubernetes@v1.36.3 requires go >= 1.27.0 (running go 1.26.8; GOTOOLCHAIN=local)"),
    code: "go-too-old",
    sentence: /Go 1\.26\.8 is too old/,
  },
  "the code does not compile": {
    go: failingWith("a.go:3:1: syntax error"),
    code: "build-failed",
    sentence: /go build failed: a\.go:3:1: syntax error[\s\S]*The whole log is in .*build\.log/,
  },
  "what it makes does not run": {
    go: { says: "segmentation fault" },
    code: "does-not-answer",
    sentence: /is of no use: does not tell its version/,
  },
};

describe("no build comes of it, and the error says what to do, when", () => {
  test.for(Object.entries(refusals))("%s", async ([, { go, binary = "etcd", code, sentence }]) => {
    if (go) writeFakeGo(tools, go);
    const error = (await ensureBinary(binary, options).catch((thrown: unknown) => thrown)) as BinaryError;
    expect(error.name).toBe("BinaryError");
    expect([error.code, ...error.reasons.map((reason) => reason.code)]).toContain(code);
    expect(error.message).toMatch(sentence);
    if (error.code === "unavailable") expect(error.message).toContain("Or provide one yourself");
    expect(leftIn(binary).filter((entry) => entry !== "build.log")).toEqual([]);
  });

  test("the disk is too small, before anything is fetched", async () => {
    writeFakeGo(tools);
    options.freeBytes = async () => 1024 ** 2;
    await expect(ensureBinary("etcd", options)).rejects.toMatchObject({ code: "disk-full" });
    expect(callsOf(tools, "mod")).toEqual([]);
  });

  test("it is aborted: all that Go had started ends at once and nothing is left", async () => {
    const pids = join(folder, "pids");
    writeFakeGo(tools, { build: `/bin/sleep 300 & echo $! $$ > ${pids}; echo example.org/a >&2; wait` });
    const abort = new AbortController();
    options.onProgress = ({ phase }) => phase === "building" && abort.abort(new Error("stopped"));
    await expect(ensureBinary("etcd", { ...options, signal: abort.signal })).rejects.toThrow("stopped");
    for (const pid of readFileSync(pids, "utf8").trim().split(" ")) {
      await expect.poll(() => isRunning(Number(pid))).toBe(false);
    }
    expect(leftIn("etcd")).toEqual([]);
    writeFakeGo(tools);
    expect(await ensureBinary("etcd", { ...options, onProgress: () => {} })).toMatchObject({ source: "build" });
  });

  test("many things are wrong: each is named once, and what was found but not taken too", async () => {
    writeProgram(join(tools, "etcd"), "etcd Version: 3.4.23");
    writeScript(join(tools, "go"), "exit 1");
    const error = (await ensureBinary("etcd", options).catch((thrown: unknown) => thrown)) as BinaryError;
    expect(error.message).toBe(
      `etcd 3.6.16: it is not on this machine and could not be had:
  - ${join(tools, "etcd")} is 3.4.23, accepted is >=3.5.0 <4
  - COMMONHOLD_OFFLINE=1 forbids downloading it
  - no Go on PATH to build it with
Unset COMMONHOLD_OFFLINE to allow it. Install Go 1.26 or newer (https://go.dev/dl) and put its bin folder on PATH. Or provide one yourself (>=3.5.0 <4): on PATH or by COMMONHOLD_ETCD=/path/to/etcd.`,
    );
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
