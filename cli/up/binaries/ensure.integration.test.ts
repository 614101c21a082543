import { existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compileModule, type ParentProcess, startParent } from "../../../test/control-plane/parent.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { callsOf, writeFakeGo } from "./fake-programs.fixture.ts";
import { sha256, startReleaseServer } from "./release-server.fixture.ts";

/** Real processes that share one cold cache, and are killed. The Go that they find compiles nothing. */

const root = scratchDirectory("ensure");
const make = `
  while [ "$1" != -o ]; do shift; done
  printf '#!/bin/sh\\necho etcd Version: 3.6.16\\n' > "$2"; /bin/chmod 755 "$2"`;
const quickly = `echo example.org/a >&2; ${make}`;
const forever = "echo example.org/a >&2; /bin/sleep 300 & /bin/sleep 301";
/** Until the test lets it go on. */
const held = (gate: string): string =>
  `echo example.org/a >&2; while [ ! -e ${gate} ]; do /bin/sleep 0.05; done; ${make}`;

let module: string;
let folder: string;
let tools: string;
let cache: string;
let runs: ParentProcess[];

beforeAll(() => {
  module = compileModule(fileURLToPath(new URL("ensure.fixture.ts", import.meta.url)));
});
beforeEach(() => {
  folder = mkdtempSync(join(root, "test-"));
  tools = join(folder, "path");
  cache = join(folder, "cache");
  runs = [];
});
afterEach(() => {
  for (const { child } of runs) child.kill("SIGKILL");
});

function start(name = "etcd", github = ""): ParentProcess {
  const run = startParent(module, [name, tools, cache, github]);
  runs.push(run);
  return run;
}

async function found(run: ParentProcess): Promise<{ path: string; source: string }> {
  const [, json = ""] = /^found (.*)$/m.exec(await run.printed("found {")) ?? [];
  return JSON.parse(json);
}

const leftIn = (name: string): string[] => readdirSync(join(cache, "commonhold", name)).filter((it) => it !== ".lock");

describe("processes that want one binary on a cold cache", () => {
  test("build it once; the others say whom they wait for, and all get the same file", async () => {
    const gate = join(folder, "go-on");
    writeFakeGo(tools, { build: held(gate) });
    const all = [start(), start(), start()];
    let waitingCount = 0;
    for (const run of all) {
      // The one that builds never says so.
      run.printed("waiting: process").then(
        () => waitingCount++,
        () => undefined,
      );
    }
    await expect.poll(() => waitingCount).toBe(2);
    writeFileSync(gate, "");
    const binaries = await Promise.all(all.map(found));
    expect(new Set(binaries.map(({ path }) => path)).size).toBe(1);
    expect(binaries.map(({ source }) => source).sort()).toEqual(["build", "cache", "cache"]);
    expect(callsOf(tools, "build")).toHaveLength(1);
    const builder = all[binaries.findIndex(({ source }) => source === "build")];
    const outputs = await Promise.all(all.map((run) => run.printed("found {")));
    const waiting = outputs.filter((output) =>
      output.includes(`waiting: process ${builder?.child.pid} is working on it`),
    );
    expect(waiting).toHaveLength(2);
  });

  test("go on when the one that builds is killed, and leave nothing of it behind", async () => {
    writeFakeGo(tools, { build: forever });
    const first = start();
    await first.printed("building: compiling example.org/a");
    const second = start();
    await second.printed(`waiting: process ${first.child.pid}`);
    writeFakeGo(tools, { build: quickly });
    first.child.kill("SIGKILL");
    expect(await found(second)).toMatchObject({ source: "build" });
    expect(leftIn("etcd")).toEqual(["3.6.16"]);
    await expect.poll(() => first.alive()).toEqual([]);
  });

  test("do not keep one that is killed at any moment of a build from being made by the next", async () => {
    writeFakeGo(tools, { build: forever });
    for (const moment of ["looking", "preparing", "building"]) {
      const run = start();
      await run.printed(`${moment}: `);
      run.child.kill("SIGKILL");
      await expect.poll(() => run.alive()).toEqual([]);
      expect(existsSync(join(cache, "commonhold/etcd/3.6.16"))).toBe(false);
    }
    writeFakeGo(tools, { build: quickly });
    expect(await found(start())).toMatchObject({ source: "build" });
    expect(leftIn("etcd")).toEqual(["3.6.16"]);
  });

  test("take nothing half-downloaded from one that was killed", async () => {
    const server = await startReleaseServer();
    try {
      const program = `#!/bin/sh\necho registry distribution 3.1.2\n${"#".repeat(100_000)}\n`;
      const path = "/distribution/distribution/releases/download/v3.1.2/registry_3.1.2_linux_amd64.tar.gz";
      server.serve(`${path}.sha256`, sha256(program));
      server.serve(path, program, "stalled");
      const run = start("registry", server.origin);
      await run.printed("downloading: downloading from 127.0.0.1");
      run.child.kill("SIGKILL");
      await expect.poll(() => run.alive()).toEqual([]);
      writeFakeGo(tools, { says: "registry distribution 3.1.2" });
      expect(await found(start("registry"))).toMatchObject({ source: "build" });
      expect(leftIn("registry")).toEqual(["3.1.2"]);
    } finally {
      await server.close();
    }
  });
});
