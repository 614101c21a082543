/** What helm says last is done, by a shell, as somebody would paste it: every command, in an API server that has what the chart brought. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { ControlPlane } from "../../cli/up/control-plane/control-plane.ts";
import { problemSentence } from "../../governance/constitution/documents/problem.ts";
import { readPolicy } from "../../governance/policy/read-policy.ts";
import { treeOf } from "../../governance/policy/tree.fixture.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { kubectl, startTestControlPlane } from "../control-plane/test.ts";
import { refusalOf } from "../docs/command-line.ts";
import { programPath } from "../programs/program-path.ts";
import { type RunResult, run, tryRun } from "../programs/run.ts";
import { nodeObject, shapes } from "./classes/nodes.ts";
import { chart, helm, type Manifest, namespace } from "./helm.ts";
import { served } from "./installed.ts";
import { machines, networks, policy } from "./values.ts";

const root = join(chart, "../..");
const folder = scratchDirectory("notes");
const governance = `system:serviceaccount:${namespace}:commonhold-governance`;
const question = `What's "up" in <Paris>, \\n & where?`;
const cluster = { cluster: { networks }, test: { question } };
const more = [
  { name: "box", node: "office-pc", class: "cpu" },
  { name: "cloud", node: "nowhere", class: "cpu" },
];
/** Each test starts some dozens of programs, one after the other. */
const patient = { timeout: 300_000 };
let plane: ControlPlane & { discard(): Promise<void> };

beforeAll(async () => {
  plane = await startTestControlPlane();
  for (const shape of shapes) await kubectl(plane, ["create", "-f", "-"], { stdin: JSON.stringify(nodeObject(shape)) });
  await makePrograms();
}, patient.timeout);
afterAll(() => plane?.discard());

/** What a person has, but for what needs a pod that runs: that is only written down. */
async function makePrograms(): Promise<void> {
  mkdirSync(join(folder, "bin"), { recursive: true });
  // Compiles what was edited since.
  await run(process.execPath, [join(root, "cli/commonhold.mjs"), "--version"]);
  const programs = {
    commonhold: `exec ${process.execPath} ${root}/dist/cli/main.js "$@"`,
    kubectl: `case " $* " in *" port-forward "*) ${writtenDown};; *) exec ${await programPath("kubectl")} "$@";; esac`,
    helm: writtenDown,
    curl: writtenDown,
  };
  for (const [name, line] of Object.entries(programs)) {
    writeFileSync(join(folder, "bin", name), `#!/bin/bash\n${line}\n`);
    chmodSync(join(folder, "bin", name), 0o755);
  }
}

const writtenDown = `printf '%s\\0' "$(basename "$0")" "$@" >> "$WRITTEN/$(basename "$0")"`;

interface Shell {
  readonly home: string;
  /** Runs them one after the other, and stops at none that fails. */
  do(commands: string): Promise<RunResult>;
  /** Arguments of a program that is only written down, and was called once. */
  asked(program: string): readonly string[];
}

function shellOf(name: string): Shell {
  const home = join(folder, name);
  mkdirSync(join(home, "written"), { recursive: true });
  const env = {
    PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
    KUBECONFIG: plane.adminKubeconfigPath,
    HOME: home,
    WRITTEN: join(home, "written"),
    GIT_CONFIG_NOSYSTEM: "1",
  };
  return {
    home,
    do: (commands) => tryRun("bash", ["-c", `${commands}\nwait`], { env, cwd: home }),
    asked: (program) =>
      readFileSync(join(home, "written", program), "utf8")
        .split("\0")
        .slice(1, -1),
  };
}

/** Every command of them ends well. */
async function done(shell: Shell, commands: string): Promise<string> {
  const { code, stdout, stderr } = await shell.do(`set -e\n${commands}`);
  expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
  return stdout;
}

/** The notes without what is said between the commands. `from` and `to`: a piece of the notes. */
function commandsIn(notes: string): string {
  const begins = notes.indexOf("\nNext, ");
  if (begins < 0) throw new Error(`the notes have no next steps: ${notes}`);
  const blocks = notes
    .slice(begins)
    .trim()
    .split(/\n{2,}/);
  return blocks.filter((block) => !/^(Next, |\d\. | {3}|Before )/.test(block)).join("\n");
}

/** Every line of the CLI that is in the words between. */
function commandsInWords(notes: string): string[] {
  const lines = notes.split("\n").filter((line) => /^(\d\. | {3})/.test(line));
  return lines.flatMap((line) =>
    [...line.matchAll(/commonhold ([a-z-]+ [^.:()]*)/g)].map(([, args = ""]) => args.trim()),
  );
}

async function notesOf(values: object): Promise<string> {
  const said = await helm(
    plane.adminKubeconfigPath,
    ["upgrade", "--install", "commonhold", "--create-namespace"],
    values,
  );
  await served(plane);
  return said.slice(said.indexOf("NOTES:"));
}

async function read(kind: string, name: string, where = "default"): Promise<Manifest> {
  return JSON.parse(await kubectl(plane, ["-n", where, "get", kind, name, "-o", "json"]));
}

/** The question, as a client's library would send it, with a key that the member has. */
async function questionIsAsked(shell: Shell, member: string): Promise<void> {
  const call = shell.asked("curl");
  expect(call).toContain("http://127.0.0.1:11435/v1/chat/completions");
  expect(JSON.parse(call.at(-1) ?? "")).toEqual({ model: "smollm2", messages: [{ role: "user", content: question }] });
  const key = /^authorization: Bearer (ch_[A-Za-z0-9]{8})_[A-Za-z0-9_-]{43}$/.exec(call[call.indexOf("-H") + 1] ?? "");
  const { keys } = (await read("member", member))["spec"] as { keys: { id: string; prefix: string }[] };
  expect(keys.map(({ id }) => id)).toEqual(["laptop", "helm-test"]);
  expect(keys[0]?.prefix).toBe(key?.[1]);
  const secret = await read("secret", "commonhold-test-key", namespace);
  expect(Buffer.from(secret["data"].key, "base64").toString()).toMatch(new RegExp(`^${keys[1]?.prefix}_`));
  expect(shell.asked("helm")).toEqual(["-n", namespace, "test", "commonhold"]);
  const [, , , service = "", ports = ""] = shell.asked("kubectl");
  const { spec } = await read(...(service.split("/") as [string, string]), namespace);
  expect(spec.ports.map(({ port }: { port: number }) => `11435:${port}`)).toEqual([ports]);
}

describe("without governance", patient, () => {
  let notes: string;
  const shell = () => shellOf("free");
  beforeAll(async () => {
    notes = await notesOf({ ...cluster, ollama: { machines: [...machines, ...more] } });
  }, patient.timeout);

  test("what nobody can know but the machine is refused, with where it stands, and the rest is there", async () => {
    const { stderr } = await shell().do(commandsIn(notes).split("KEY=")[0] ?? "");
    expect(stderr).toMatch(
      /ModelHost "cloud" is invalid: \n\* spec.hardware.memory: Invalid value: "MEMORY-THAT-IT-HAS"/,
    );
    expect(stderr.match(/is invalid/g)).toHaveLength(1);
    expect(notes).toContain(
      `kubectl -n ${namespace} logs daemonset/commonhold-ollama-cloud | grep 'inference compute'`,
    );
  });

  test("with it filled in every command does what it says, up to the question", async () => {
    const whole = commandsIn(notes).replaceAll("MEMORY-THAT-IT-HAS", "24Gi");
    await done(shell(), whole);
    expect((await read("modeldeployment", "smollm2"))["spec"].model).toEqual({ ollama: "smollm2:135m" });
    await questionIsAsked(shell(), "ada");
  });

  const hosts: Record<string, object> = {
    tower: { node: "alices-tower", hardware: { accelerator: "nvidia", memory: "24576Mi" } },
    lab: { node: "lab-server", hardware: { accelerator: "amd", memory: "48Gi", disk: "200Gi" } },
    pi: { hardware: { accelerator: "cpu", memory: "6Gi" } },
    box: { node: "office-pc", hardware: { accelerator: "cpu", memory: "16Gi" } },
    cloud: { hardware: { accelerator: "cpu", memory: "24Gi" } },
  };
  test.each(Object.entries(hosts))(
    "the machine %s is what its node, its limit or its owner says",
    async (name, spec) => {
      const host = (await read("modelhost", name))["spec"];
      expect(host).toMatchObject({ owner: "ada", ...spec, engine: { parallel: 1, kvCacheType: "f16" } });
      expect("node" in host).toBe("node" in spec);
      const service = new URL(host.endpoint.direct.url).hostname.split(".")[0] ?? "";
      expect((await read("service", service, namespace))["metadata"].name).toBe(`commonhold-ollama-${name}`);
    },
  );

  test("a class's settings of Ollama are the host's, who cannot be asked for them", async () => {
    const classes = { cpu: { parallel: 4, kvCacheType: "q8_0", flashAttention: true, maxLoaded: 3 } };
    const values = { ...cluster, ollama: { machines: machines.slice(2), classes } };
    const said = await notesOf(values);
    await done(shell(), commandsIn(said).split("KEY=")[0] ?? "");
    expect((await read("modelhost", "pi"))["spec"].engine).toMatchObject({
      ...{ parallel: 4, kvCacheType: "q8_0", maxLoadedModels: 3 },
    });
  });

  test("without a machine there still is a member, a model and a question", async () => {
    const said = await notesOf(cluster);
    await done(shell(), commandsIn(said).split("KEY=")[0] ?? "");
    expect(said).toContain("No machine runs Ollama yet");
  });
});

describe("governed", patient, () => {
  /** Where the values say that it is, a repository of three: ada, bob and carol. */
  async function found(name: string, url: string): Promise<Shell> {
    const shell = shellOf(name);
    const bare = join(shell.home, "policy.git");
    const { code, stdout, stderr } = await shell.do(`set -e
git config --global user.name Ada && git config --global user.email ada@example.org
git config --global init.defaultBranch main
git config --global url.${bare}.insteadOf ${url}
mkdir .ssh && for who in id_ed25519 bob carol; do ssh-keygen -q -t ed25519 -N '' -f .ssh/$who; done
git init -q --bare policy.git
commonhold init first --name ada --members bob=.ssh/bob.pub,carol=.ssh/carol.pub --remote policy.git`);
    if (code !== 0) throw new Error(stdout + stderr);
    return shell;
  }

  /** As governance makes those of members.yaml; without the keys of the test before. */
  async function memberIsThere(): Promise<void> {
    const member = { apiVersion: "commonhold.dev/v1alpha1", kind: "Member", metadata: { name: "ada" }, spec: {} };
    await kubectl(plane, ["--as", governance, "apply", "--server-side", "--force-conflicts", "-f", "-"], {
      stdin: JSON.stringify(member),
    });
    await kubectl(plane, ["patch", "member", "ada", "--type=merge", "-p", '{"spec":{"keys":null}}']);
    await kubectl(plane, ["-n", namespace, "delete", "secret", "commonhold-test-key", "--ignore-not-found"]);
  }

  /** The words between the commands ask for this by hand. */
  function listMachines(shell: Shell): void {
    const file = join(shell.home, "policy/members.yaml");
    const text = readFileSync(file, "utf8");
    const names = [...machines, ...more].map(({ name }) => name).join(", ");
    writeFileSync(file, text.replace("    name: ada\n", `    name: ada\n    machines: [${names}]\n`));
  }

  /** As the governance service reads them. */
  function problemsOf(clone: string): string[] {
    const names = readdirSync(clone, { recursive: true, withFileTypes: true });
    const files = names.filter((one) => one.isFile() && !one.parentPath.includes("/.git"));
    const texts = files
      .map((one) => join(one.parentPath, one.name))
      .map((file) => [file.slice(clone.length + 1), readFileSync(file, "utf8")]);
    const read = readPolicy(treeOf(Object.fromEntries(texts)), { namespaces: ["community"] });
    return read.ok ? [] : read.problems.map(problemSentence);
  }

  async function inTwoParts(shell: Shell, notes: string): Promise<string> {
    await memberIsThere();
    const [files = "", rest = ""] = commandsIn(notes).split(/^(?=commonhold propose|git switch)/m);
    await done(shell, files);
    expect(problemsOf(join(shell.home, "policy")).join("\n")).toMatch(
      /hosts\/cloud.yaml:10:13: spec.hardware.memory: memory is not as it should be/,
    );
    await shell.do("sed -i s/MEMORY-THAT-IT-HAS/24Gi/ policy/hosts/*.yaml");
    listMachines(shell);
    expect(problemsOf(join(shell.home, "policy"))).toEqual([]);
    return done(shell, `cd policy\nME=ada\n${rest}`);
  }

  test("by plain git: every command does what it says, and what is proposed is a policy that stands", async () => {
    const shell = await found("git", policy.url);
    const values = { ...cluster, governance: { enabled: true, policy }, ollama: { machines: [...machines, ...more] } };
    const notes = await notesOf(values);
    const stdout = await inTwoParts(shell, notes);
    expect(stdout).toMatch(/^Proposal [0-9a-f]{8}: Our first machines$/m);
    expect(notes).not.toContain("over https");
    for (const { name } of machines) expect(stdout).toContain(`+ hosts/${name}.yaml`);
    await questionIsAsked(shell, "ada");
    const lines = commandsInWords(notes);
    expect(lines).toHaveLength(2);
    for (const line of lines)
      expect({ line, refusal: refusalOf(line.split(" ")) }).toEqual({ line, refusal: undefined });
  });

  test("by plain git over https: that its log cannot be pushed is said first, with what to do", async () => {
    const https = { url: "https://forge.example/policy.git", genesis: policy.genesis };
    const notes = await notesOf({ ...cluster, governance: { enabled: true, policy: https } });
    const [before = ""] = notes.split("\nNext, ");
    expect(before).toContain(
      "https://forge.example/policy.git is over https, where governance can show no credentials",
    );
    expect(before).toContain("governance.policy.sshSecret (docs/guides/install.md, step 6)");
  });

  test("on GitHub: the branch for a pull request is there", async () => {
    const shell = await found("github", "https://github.com/friends/policy.git");
    const github = { repository: "friends/policy", repositoryId: "github:42", secret: "forge" };
    const governed = { enabled: true, forge: "github", policy: { genesis: policy.genesis }, github };
    const values = { ...cluster, governance: governed, ollama: { machines: [...machines, ...more] } };
    await inTwoParts(shell, await notesOf(values));
    const pushed = await run("git", [
      "-C",
      join(shell.home, "policy.git"),
      "show",
      "our-first-machines:hosts/tower.yaml",
    ]);
    expect(parse(pushed)).toMatchObject({ kind: "ModelHost", metadata: { name: "tower" } });
    await questionIsAsked(shell, "ada");
  });
});
