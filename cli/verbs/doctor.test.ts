import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { scratchDirectory } from "../../test/control-plane/scratch.ts";
import { catalog } from "../up/binaries/catalog.ts";
import { writeFakeGo, writeProgram } from "../up/binaries/fake-programs.fixture.ts";
import { type ReleaseServer, sha256, startReleaseServer } from "../up/binaries/release-server.fixture.ts";
import { type DoctorMachine, doctor } from "./doctor.ts";

const root = scratchDirectory("doctor");
const gib = 1024 ** 3;
let folder: string;
let env: Record<string, string>;
let machine: DoctorMachine;
let server: ReleaseServer;

beforeEach(async () => {
  folder = mkdtempSync(join(root, "test-"));
  server = await startReleaseServer();
  env = { PATH: join(folder, "path"), XDG_CACHE_HOME: join(folder, "cache"), COMMONHOLD_OFFLINE: "1" };
  machine = {
    binaries: {
      platform: { os: "linux", arch: "x64" },
      freeBytes: async () => 100 * gib,
      origins: { github: server.origin, kubernetes: server.origin },
      unreachable: new Map(),
    },
    nodeVersion: "20.19.0",
    memoryBytes: { total: 24 * gib, free: 20 * gib },
  };
});
afterEach(() => server.close());

async function examined(): Promise<{ code: number; text: string }> {
  let text = "";
  const output = { write: (piece: string) => (text += piece) };
  const code = await doctor(output, env, machine);
  return { code, text: stripVTControlCharacters(text) };
}

function putOnPath(): void {
  writeProgram(join(folder, "path", "etcd"), "etcd Version: 3.5.21");
  writeProgram(join(folder, "path", "kube-apiserver"), "Kubernetes v1.36.0");
  writeProgram(join(folder, "path", "kubectl"), "Client Version: v1.36.0");
  writeProgram(join(folder, "path", "ollama"), "ollama version is 0.30.1");
  writeProgram(join(folder, "path", "git"), "git version 2.39.5 (Apple Git-154)");
}

describe("doctor", () => {
  test("is content with programs that are there, and lists each with version, source and path", async () => {
    putOnPath();
    const { code, text } = await examined();
    expect(code).toBe(0);
    expect(text).toContain(`✓ etcd            3.5.21  from PATH: ${folder}/path/etcd`);
    expect(text).toContain(`✓ ollama          0.30.1  from PATH: ${folder}/path/ollama`);
    expect(text).toContain("✓ git             2.39.5 (Apple Git-154)\n");
    expect(text).toContain("✓ Node            20.19.0");
    expect(text).toContain("✓ memory          24.0 GiB, 20.0 GiB free");
    expect(text).toContain(`✓ disk            100 GiB free at ${folder}/cache/commonhold`);
  });

  test("does not mind that what only tests need cannot be had", async () => {
    putOnPath();
    const { code, text } = await examined();
    expect(text).toContain("• registry        missing, and it cannot be had (tests only)");
    expect(code).toBe(0);
  });

  test("fails when something needed cannot be had, with every reason and what to do", async () => {
    const { code, text } = await examined();
    expect(code).toBe(1);
    expect(text).toContain("✗ kube-apiserver  missing, and it cannot be had\n");
    expect(text).toContain(
      "      COMMONHOLD_OFFLINE=1 forbids downloading it. Unset COMMONHOLD_OFFLINE to allow it.\n",
    );
    expect(text).toContain("      no Go on PATH to build it with. Install Go 1.26 or newer (https://go.dev/dl)");
    expect(text).toContain("• Go              not on PATH (1.26.0 or newer: https://go.dev/dl)");
  });

  test("says what will be downloaded, after a look at the published checksum only", async () => {
    putOnPath();
    const url = "/v1.36.3/bin/linux/amd64/kubectl";
    writeProgram(join(folder, "path", "kubectl"), "Client Version: v1.30.0");
    server.serve(`${url}.sha256`, sha256("kubectl"));
    delete env["COMMONHOLD_OFFLINE"];
    const { code, text } = await examined();
    expect(text).toMatch(/• kubectl {9}1\.36\.3 {2}not here yet; will be downloaded from 127\.0\.0\.1:\d+\n/);
    expect(text).toContain(`      not taken: ${folder}/path/kubectl is 1.30.0, accepted is >=1.35.0 <1.38.0\n`);
    expect(server.asked).not.toContain(url);
    expect(code).toBe(0);
  });

  test("says what will be built with which Go, and names the compilers that Ollama lacks", async () => {
    writeFakeGo(join(folder, "path"));
    const { code, text } = await examined();
    expect(text).toContain(`• etcd            ${catalog.etcd.version}  not here yet; will be built with Go 1.26.8\n`);
    expect(text).toContain("      no download: COMMONHOLD_OFFLINE=1 forbids downloading it\n");
    expect(text).toContain("✗ ollama          missing, and it cannot be had\n");
    expect(text).toContain("building it needs a C and a C++ compiler, and gcc does not run. Install both: ");
    expect(text).toContain("• C and C++       gcc and g++ missing (for Ollama)");
    expect(code).toBe(1);
  });

  const problems: Record<string, { given: () => void; sentence: string }> = {
    "a variable that names nothing": {
      given: () => {
        env["COMMONHOLD_OLLAMA"] = "/nowhere/ollama";
      },
      sentence:
        "✗ ollama          COMMONHOLD_OLLAMA names /nowhere/ollama, but is not a program that this user can run\n      Correct COMMONHOLD_OLLAMA or unset it.\n",
    },
    "no git": {
      given: () => rmSync(join(folder, "path", "git")),
      sentence: "✗ git             cannot be used\n      git was not found: install git 2.38 or newer",
    },
    "a git that is too old": {
      given: () => writeProgram(join(folder, "path", "git"), "git version 2.30.1"),
      sentence:
        '✗ git             cannot be used\n      git 2.38 or newer is needed, and this machine has "git version 2.30.1"',
    },
    "a Node that is too old": {
      given: () => {
        machine.nodeVersion = "20.11.1";
      },
      sentence: "✗ Node            20.11.1\n      Install Node >=20.19.0.\n",
    },
  };
  test.for(Object.entries(problems))("fails for %s", async ([, { given, sentence }]) => {
    putOnPath();
    given();
    const { code, text } = await examined();
    expect(text).toContain(sentence);
    expect(code).toBe(1);
  });

  test("warns of little memory and a small disk, as the machine may still do", async () => {
    putOnPath();
    machine.memoryBytes = { total: gib, free: gib / 2 };
    machine.binaries.freeBytes = async () => 2 * gib;
    const { code, text } = await examined();
    expect(text).toContain("• memory          1.0 GiB, 512 MiB free\n      2.0 GiB are needed to run all parts");
    expect(text).toContain("• disk            2.0 GiB free");
    expect(code).toBe(0);
  });

  test("fails when the disk is too small for what is missing", async () => {
    writeFakeGo(join(folder, "path"));
    machine.binaries.freeBytes = async () => 1000;
    const { code, text } = await examined();
    expect(text).toMatch(/it needs 1\.0 GiB at .*commonhold, 1000 B are free\. Free some space/);
    expect(code).toBe(1);
  });
});
