/** The guide of the installation, typed by somebody who has a cluster: every command but those of k3s, and every file that it says to write. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import type { ControlPlane } from "../../cli/up/control-plane/control-plane.ts";
import { render } from "../chart/helm.ts";
import { served } from "../chart/installed.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { kubectl, startTestControlPlane } from "../control-plane/test.ts";
import { programPath } from "../programs/program-path.ts";
import { type RunResult, run, tryRun } from "../programs/run.ts";
import { refusalOf } from "./command-line.ts";
import { blockOf, pageOf, root } from "./pages.ts";
import { commandsOf } from "./shell-words.ts";

const guide = pageOf("docs/guides/install.md", readFileSync(join(root, "docs/guides/install.md"), "utf8"));
const home = scratchDirectory("install-guide");
const forge = "ssh://git@forge.example/friends/policy.git";
const namespace = "commonhold-system";
/** Each test starts some dozens of programs, one after the other. */
const patient = { timeout: 300_000 };
let plane: ControlPlane & { discard(): Promise<void> };

beforeAll(async () => {
  plane = await startTestControlPlane();
  // Compiles what was edited since.
  await run(process.execPath, [join(root, "cli/commonhold.mjs"), "--version"]);
  const programs = {
    kubectl: `exec ${await programPath("kubectl")} "$@"`,
    helm: `exec ${await programPath("helm")} "$@"`,
    docker: `printf '%s\\n' "$@" > ${home}/docker`,
    "ssh-keyscan":
      "echo forge.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKjxX0uQ7n0Y9l8mN3e8p5d0mJ2m6v7wq1xXyZaaaaaa",
  };
  mkdirSync(join(home, "bin"), { recursive: true });
  for (const [name, line] of Object.entries(programs)) {
    writeFileSync(join(home, "bin", name), `#!/bin/bash\n${line}\n`, { mode: 0o755 });
  }
  // As if cloned: what was cloned is what is here.
  symlinkSync(root, join(home, "commonhold"));
  symlinkSync(join(root, "charts"), join(home, "charts"));
}, patient.timeout);
afterAll(() => plane?.discard());

const block = (words: string): string => blockOf(guide, words);

const theCommand = 'commonhold() { node "$HOME/commonhold/cli/commonhold.mjs" "$@"; }';

function type(commands: string): Promise<RunResult> {
  const path = `${join(home, "bin")}:${process.env["PATH"]}`;
  const env = { PATH: path, HOME: home, KUBECONFIG: plane.adminKubeconfigPath, GIT_CONFIG_NOSYSTEM: "1" };
  return tryRun("bash", ["-ec", commands], { env, cwd: home });
}

async function typed(commands: string): Promise<string> {
  const { code, stdout, stderr } = await type(commands);
  expect({ code, stderr: code === 0 ? "" : stderr + stdout }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

async function containerOf(deployment: string) {
  const text = await kubectl(plane, ["-n", namespace, "get", "deployment", deployment, "-o", "json"]);
  const [container] = JSON.parse(text).spec.template.spec.containers;
  const env = container.env.map(({ name, value }: { name: string; value: string }) => [name, value]);
  return { image: container.image as string, env: new Map<string, string>(env) };
}

test("step 4: the chart is installed with the file that is shown, in the profile that is named", patient, async () => {
  writeFileSync(join(home, "ours.yaml"), block("name: gaming-pc, node: gaming-pc"));
  const said = await typed(block("helm install commonhold"));
  expect(said).toContain("ModelHost\nmetadata: { name: gaming-pc }");
  await served(plane);
});

test("step 5: the command is there by the line that is shown, and the notes are shown again", patient, async () => {
  const [clone, ...rest] = block("git clone https://github.com/commonhold").trim().split("\n");
  expect(clone).toMatch(/"\$HOME\/commonhold"$/);
  expect(rest[0]).toBe(theCommand);
  expect(await typed(rest.join("\n"))).toMatch(/^\d+\.\d+\.\d+$/m);
  expect(guide.words).toContain("helm -n commonhold-system get notes commonhold");
  expect(await typed("helm -n commonhold-system get notes commonhold")).toContain("commonhold key issue");
});

test(
  "step 5: the image's command is that of the image that is installed, with the cluster that is meant",
  patient,
  async () => {
    const { image } = await containerOf("commonhold-gateway");
    await typed(block("docker run"));
    const args = readFileSync(join(home, "docker"), "utf8").trim().split("\n");
    const at = args.indexOf(image);
    expect(args[args.indexOf("--entrypoint") + 1]).toBe("commonhold");
    expect(args).toContain(`${plane.adminKubeconfigPath}:/kubeconfig:ro`);
    // With a terminal of its own, words and the key would come by one way.
    expect(args).not.toEqual(expect.arrayContaining([expect.stringMatching(/^-[a-z]*t/)]));
    expect(refusalOf(args.slice(at + 1))).toBeUndefined();
  },
);

test(
  "step 6: the service's key, the Secret and the first commit are made, and governance is given them under the names that it reads",
  patient,
  async () => {
    const bare = join(home, "policy.git");
    await typed(`git init -q --bare --initial-branch=main policy.git
mkdir -p .ssh && for who in .ssh/id_ed25519 bob carol; do ssh-keygen -q -t ed25519 -N '' -f $who; done`);
    // There is no such forge: what it would hold lies in a folder.
    const commands = block("create secret generic policy-access").replace(forge, bare);
    const said = await typed(`${theCommand}\n${commands}`);
    const [genesis = ""] = /\b[0-9a-f]{40}\b/.exec(said) ?? [];
    expect(await run("git", ["-C", bare, "rev-parse", "main"])).toContain(genesis);

    writeFileSync(join(home, "governed.yaml"), block('genesis: "THE-GENESIS"').replace("THE-GENESIS", genesis));
    expect(await typed(block("--values governed.yaml"))).toContain(`git clone ${forge} policy`);
    const { env } = await containerOf("commonhold-governance");
    expect([env.get("COMMONHOLD_POLICY"), env.get("COMMONHOLD_POLICY_GENESIS")]).toEqual([forge, genesis]);
    const secret = JSON.parse(await kubectl(plane, ["-n", namespace, "get", "secret", "policy-access", "-o", "json"]));
    const read = ["COMMONHOLD_POLICY_SSH_KEY", "COMMONHOLD_POLICY_KNOWN_HOSTS"].map((name) => env.get(name));
    expect(read).toEqual(["/secrets/ssh/key", "/secrets/ssh/knownHosts"]);
    expect(Object.keys(secret.data).sort()).toEqual(["key", "knownHosts"]);
    // What was said in step 4 holds on.
    expect(await typed("kubectl -n commonhold-system get service commonhold-ollama-gaming-pc -o name")).toContain(
      "gaming-pc",
    );
  },
);

test("step 7: the values for Prometheus and Grafana fit", patient, async () => {
  const rendered = await render(parse(block("serviceMonitor: { enabled: true")));
  expect(rendered).toMatchObject({ text: expect.stringContaining("kind: ServiceMonitor") });
});

test("no command of the guide is left out above", () => {
  const tried = /^(helm|kubectl|ssh-keygen|ssh-keyscan|commonhold|commonhold\(\)|git|docker)$/;
  const shown = guide.blocks.filter(({ language }) => language === "sh").flatMap(({ text }) => commandsOf(text));
  const others = shown.map(([program = ""]) => program).filter((program) => !tried.test(program));
  expect(new Set(others)).toEqual(new Set(["curl", "id", "sh", "sudo"]));
});
