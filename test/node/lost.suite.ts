/** The end of it all, and what comes back from one file: by the commands of the guide, each as it stands there. */
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { systemNamespace } from "../../operator/apis/group.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { blockOf, pageOf } from "../docs/pages.ts";
import { commonholdPath } from "../e2e/governance-person.ts";
import { modelText } from "../e2e/governance-policy.ts";
import { deploymentUntil, hostUntil, isReady } from "../e2e/wait.ts";
import { run } from "../programs/run.ts";
import { root } from "./images.ts";
import { givenValues, machine, uninstall, volumesNeeded } from "./installation.ts";
import { rolledOut, type Story, saidOf, servicesRolledOut } from "./story.ts";

const path = "docs/guides/operations.md";
const guide = pageOf(path, readFileSync(join(root, path), "utf8"));
const block = (words: string): string => blockOf(guide, words);

/** `reopen`: members ask through the gateway's Service that is there now. */
export function lostTests(story: Story, reopen: () => Promise<void>): void {
  const { node, kubectl, world, remote, members } = story;
  /** Whoever looks after the cluster: where they type, and what they have beside them. */
  const desk = scratchDirectory("node-desk");
  let decided = "";

  beforeAll(() => {
    const { kubectl, helm } = node().programs;
    mkdirSync(join(desk, "bin"));
    const commands = { kubectl, helm, commonhold: `${process.execPath} ${commonholdPath}` };
    for (const [name, command] of Object.entries(commands))
      writeFileSync(join(desk, "bin", name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
    symlinkSync(join(root, "charts"), join(desk, "charts"));
    writeFileSync(join(desk, "ours.yaml"), givenValues(node(), story.installation()));
  });

  function type(commands: string): Promise<string> {
    const PATH = `${join(desk, "bin")}:${dirname(process.execPath)}:${process.env["PATH"]}`;
    const env = { PATH, HOME: desk, KUBECONFIG: node().kubeconfigPath, GIT_CONFIG_NOSYSTEM: "1" };
    return run("bash", ["-eo", "pipefail", "-c", commands], { env, cwd: desk });
  }

  const decisions = () => kubectl("get", "decisions", "-o", "custom-columns=N:.metadata.name,S:.status.state");

  test("everything is saved in one file while it works", async () => {
    decided = await decisions();
    expect(decided).toContain("applied");
    const [command = ""] = block("--governance-pod --repository URL").split("\n");
    const said = await type(`${command.split("#")[0]?.trim().replace("URL", remote)} --with-secrets`);
    expect(said).toMatch(/Saved in commonhold\.tar: .* a decision log of \d+ records/);
  });

  test("helm uninstall takes away what runs and what it may, and leaves what nobody could make again", async () => {
    await uninstall(node());
    const left = () => saidOf(node(), "get", "deployments,daemonsets,services,networkpolicies");
    await expect.poll(left).toContain("No resources found");
    const rights = "clusterroles,clusterrolebindings,validatingadmissionpolicies,priorityclasses";
    expect(await node().kubectl(["get", rights, "-o", "name"])).not.toMatch(/commonhold(?!-kept-kinds)/);
    const lost = await node().tryKubectl(["delete", "crd", "members.commonhold.dev", "--dry-run=server"]);
    expect(lost.stderr).toContain("commonhold.dev/allow-removal=true");
    expect(await kubectl("get", "persistentvolumeclaims", "-o", "name")).toMatch(
      /commonhold-governance[\s\S]*commonhold-registry/,
    );
    expect(await node().kubectl(["get", "modeldeployments", "-A", "-o", "name"])).toMatch(/mind/);
    expect(await node().kubectl(["get", "members", "-o", "name"])).toMatch(/alice[\s\S]*bob/);
  });

  test("what is left goes by the commands of the guide, and then the volumes, the namespaces and the forge are lost", async () => {
    await type(block("finalizers"));
    await type(block("kubectl annotate crd {decisions"));
    await type(`kubectl delete namespace community ${systemNamespace} && kubectl delete persistentvolume --all`);
    for (const name of readdirSync(remote)) rmSync(join(remote, name), { recursive: true });
    expect(await node().kubectl(["get", "crd", "-o", "name"])).not.toContain("commonhold.dev");
  });

  test("it comes back by the commands of the guide: the same decisions, the same machine and models, and members with the keys that they had", async () => {
    await node().provideVolumes(volumesNeeded);
    const restored = await type(block("commonhold restore --from"));
    expect(restored).toMatch(/No operator, gateway or governance runs[\s\S]*Restored \d+ objects/);
    expect(await saidOf(node(), "get", "pods", "-o", "name")).not.toMatch(/operator|gateway|governance/);
    await type(`git init --quiet --bare --shared=0666 --initial-branch=main ${remote}`);
    const [push = ""] = guide.words.filter((word) => word.includes("push --mirror"));
    await type(push.replace("URL", remote));
    writeFileSync(join(desk, "governance-volume.yaml"), block("kind: Pod"));
    await type(block("governance-volume.yaml"));
    await type(block("--set restoring=false"));
    await servicesRolledOut(story);
    await rolledOut(story, `daemonset/commonhold-ollama-${machine}`);
    await reopen();
    await hostUntil(world(), machine, isReady);
    await deploymentUntil(world(), "mind", isReady);
    await expect.poll(async () => (await story.question()).status, { timeout: 120_000 }).toBe(200);
    await expect.poll(decisions, { timeout: 120_000 }).toBe(decided);
  });

  test("it goes on deciding where it was, and the log of before and after is one", async () => {
    await story.decide("Serve more", { "models/more.yaml": modelText("more", await story.reference("more", 9)) });
    await deploymentUntil(world(), "more", isReady);
    const [verified, replayed] = await Promise.all(
      ["verify", "replay"].map((verb) => members.bob.commonhold("log", verb)),
    );
    expect(verified).toContain("is whole");
    expect(replayed).toMatch(/records agree; [1-9]/);
  });
}
