import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../operator/clock/system.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { type BinaryName, catalog } from "./catalog.ts";
import { writeProgram, writeScript } from "./fake-programs.fixture.ts";
import { lookInCache, lookUp } from "./lookup.ts";

const root = scratchDirectory("lookup");
let folder: string;
let env: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(root, "test-"));
  env = { PATH: `${join(folder, "first")}:${join(folder, "second")}`, XDG_CACHE_HOME: join(folder, "cache") };
});

const look = (name: BinaryName) => lookUp(name, { env, clock: systemClock });
const etcd = (version: string): string => `etcd Version: ${version}\nGit SHA: deadbeef\nGo Version: go1.26.8`;
const cached = (name: BinaryName): string =>
  join(folder, "cache", "commonhold", name, catalog[name].version, "bin", catalog[name].program);

describe("the order in which a binary is looked for", () => {
  test("is our variable, KUBEBUILDER_ASSETS, PATH from front to back, cache", async () => {
    const places = [
      writeProgram(join(folder, "mine"), etcd("3.5.1")),
      writeProgram(join(folder, "assets", "etcd"), etcd("3.5.2")),
      writeProgram(join(folder, "first", "etcd"), etcd("3.5.3")),
      writeProgram(join(folder, "second", "etcd"), etcd("3.5.4")),
      writeProgram(cached("etcd"), etcd("3.6.16")),
    ];
    env["COMMONHOLD_ETCD"] = places[0]!;
    env["KUBEBUILDER_ASSETS"] = join(folder, "assets");
    const seen: unknown[] = [];
    for (const place of places) {
      const { found } = await look("etcd");
      seen.push([found?.path === place, found?.source, found?.version]);
      rmSync(place);
      delete env["COMMONHOLD_ETCD"];
    }
    expect(seen).toEqual([
      [true, "variable", "3.5.1"],
      [true, "variable", "3.5.2"],
      [true, "path", "3.5.3"],
      [true, "path", "3.5.4"],
      [true, "cache", "3.6.16"],
    ]);
    expect(await look("etcd")).toEqual({ found: undefined, rejected: [] });
  });

  test("passes over what is too old, does not answer or is no program, and says so", async () => {
    writeProgram(join(folder, "first", "etcd"), etcd("3.4.23"));
    writeScript(join(folder, "second", "etcd"), "exit 3");
    const broken = cached("etcd");
    writeProgram(broken, "");
    writeFileSync(broken, "\x7fELF of another machine");
    const { found, rejected } = await look("etcd");
    expect(found).toBeUndefined();
    expect(rejected).toEqual([
      `${join(folder, "first", "etcd")} is 3.4.23, accepted is >=3.5.0 <4`,
      `${join(folder, "second", "etcd")} does not tell its version (it ended with 3)`,
      expect.stringMatching(/bin\/etcd does not tell its version/),
    ]);
  });

  test("asks a program once that PATH holds under two names", async () => {
    writeProgram(join(folder, "first", "etcd"), etcd("3.4.23"));
    symlinkSync(join(folder, "first"), join(folder, "second"));
    expect((await look("etcd")).rejected).toEqual([`${folder}/first/etcd is 3.4.23, accepted is >=3.5.0 <4`]);
  });

  test("ignores relative folders on PATH, folders and files that cannot be run", async () => {
    env["PATH"] = `relative:${join(folder, "first")}:${join(folder, "second")}`;
    mkdirSync(join(folder, "first", "etcd"), { recursive: true });
    mkdirSync(join(folder, "second"));
    writeFileSync(join(folder, "second", "etcd"), "text");
    expect(await look("etcd")).toEqual({ found: undefined, rejected: [] });
  });

  test("does not take any program called registry on PATH for an OCI registry", async () => {
    writeProgram(join(folder, "first", "registry"), "registry github.com/distribution/distribution/v3 v3.1.2");
    expect((await look("registry")).found).toBeUndefined();
  });

  test("skips a cached build that needs more of the processor than it has", async () => {
    writeProgram(cached("ollama"), "ollama version is 0.24.0");
    const needs = join(dirname(cached("ollama")), "..", "needs.json");
    writeFileSync(needs, '{"cpu":[]}');
    expect((await look("ollama")).found?.source).toBe("cache");
    writeFileSync(needs, '{"cpu":["quantum1","quantum2"]}');
    const { found, rejected } = await look("ollama");
    expect(found).toBeUndefined();
    expect(rejected).toEqual([`${cached("ollama")} was built for a processor with quantum1, quantum2`]);
    expect(await lookInCache("ollama", { env, clock: systemClock })).toBeUndefined();
  });
});

describe("a variable of ours that names something unusable is an error, not a hint", () => {
  const cases: Record<string, [(path: string) => string, string]> = {
    "a path that is not there": [(path) => path, "but is not a program that this user can run"],
    "a relative path": [() => "bin/etcd", "COMMONHOLD_ETCD names bin/etcd, but is not an absolute path"],
    "an older release": [(path) => writeProgram(path, etcd("3.4.0")), "but is 3.4.0, accepted is >=3.5.0 <4"],
    "another program": [(path) => writeProgram(path, "hello"), "but does not tell its version (it ended with 0)"],
    "a name with a terminal's control characters": [(path) => `${path}\u001b[31m`, "\\x1b[31m"],
  };
  test.for(Object.entries(cases))("%s", async ([, [make, sentence]]) => {
    writeProgram(join(folder, "first", "etcd"), etcd("3.6.16"));
    env["COMMONHOLD_ETCD"] = make(join(folder, "named"));
    const error = await look("etcd").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "variable-unusable", next: "Correct COMMONHOLD_ETCD or unset it." });
    expect((error as Error).message).toContain(sentence);
  });
});

describe("versions are read off what the real programs print", () => {
  const outputs: [BinaryName, string, string | undefined][] = [
    ["etcd", "etcd Version: 3.6.16\nGit SHA: Not provided (use ./build instead of go build)", "3.6.16"],
    ["kube-apiserver", "Kubernetes v1.36.3", "1.36.3"],
    ["kubectl", "Client Version: v1.36.3\nKustomize Version: v5.8.1", "1.36.3"],
    ["kubectl", "Client Version: v1.36.0-dispatcher\nKustomize Version: v5.5.0", "1.36.0-dispatcher"],
    ["kubectl", "Client Version: v1.32.4", undefined],
    ["ollama", "Warning: could not connect to a running Ollama instance\nWarning: client version is 0.24.0", "0.24.0"],
    ["ollama", "ollama version is 0.31.2", "0.31.2"],
    ["ollama", "ollama version is 0.31.2\nWarning: client version is 0.20.1", "0.20.1"],
    ["ollama", "ollama version is 0.19.9", undefined],
    ["ollama", "Warning: client version is 0.0.0", undefined],
    ["registry", "registry github.com/distribution/distribution/v3 v3.1.2", "3.1.2"],
    ["registry", "/usr/bin/docker-registry github.com/distribution/distribution 2.8.1+ds1", undefined],
  ];
  test.for(outputs)("%s: %s", async ([name, said, version]) => {
    writeProgram(cached(name), said);
    expect((await look(name)).found?.version).toBe(version);
  });
});
