/**
 * One story in a cluster: installed by the packaged chart, governed from a policy repository over ssh, a model decided about, served by Ollama in a pod and
 * answered for through the gateway's Service; then what happens to machines happens. Each test goes on where the one before ended.
 */
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCluster } from "../../cli/backup/cluster.ts";
import { takeBackup } from "../../cli/backup/take.ts";
import { adminClient } from "../../cli/up/community/admin-client.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { pushModel } from "../doubles/registry/push.ts";
import { Person } from "../e2e/governance-person.ts";
import { constitutionText, hostText, membersText, modelText } from "../e2e/governance-policy.ts";
import { decisionUntil } from "../e2e/governance-service.ts";
import { deploymentUntil, hostUntil, isReady } from "../e2e/wait.ts";
import { issueKey, type World } from "../e2e/world.ts";
import { tinyGguf } from "../models/tiny-gguf.ts";
import { startGitServer } from "./git-server.ts";
import { archiveOf, buildOllamaImage, buildProductImage, ollamaImage, productImage } from "./images.ts";
import {
  askByHelm,
  type Installation,
  install,
  machine,
  ollamaUrl,
  prepareInstallation,
  rollBack,
  uninstall,
  upgradeToNext,
} from "./installation.ts";
import { type Answered, ask, startLoad } from "./load.ts";
import { addedField, nextImage } from "./next-version.ts";
import type { RealNode } from "./node.ts";
import { nodeName } from "./plane.ts";
import { type NodeRegistry, startNodeRegistry } from "./registry.ts";

const installedToAnswerMsMax = 120_000;
/** Questions under way at any time while something happens. */
const askers = 3;
const services = ["operator", "gateway", "governance"];

export function clusterTests(nodeOf: () => RealNode): void {
  const folder = scratchDirectory("node-policy");
  const remote = join(folder, "policy.git");
  const alice = new Person(folder, "alice");
  const bob = new Person(folder, "bob");
  const ends: (() => Promise<unknown>)[] = [];
  let registry: NodeRegistry;
  let world: Pick<World, "client" | "namespace">;
  let notes = "";
  let gateway = "";
  let key = "";
  let installedAt = 0;
  let installation: Installation;

  const kubectl = (...args: readonly string[]) => nodeOf().kubectl(["-n", systemNamespace, ...args]);
  const question = (model = "mind"): Promise<Answered> => ask(gateway, key, model);

  beforeAll(async () => {
    await buildProductImage();
    await buildOllamaImage(nodeOf().programs);
    for (const image of [productImage, ollamaImage]) await nodeOf().importImages(await archiveOf(image));
    await nodeOf().importImages(await archiveOf(productImage, nextImage));
    registry = await startNodeRegistry();
    ends.push(() => registry.close());
    const { client, stop } = adminClient(nodeOf().kubeconfigPath, systemClock);
    ends.push(async () => stop());
    world = { client, namespace: "community" };
    const genesis = await found();
    const git = await startGitServer(nodeOf(), remote);

    installation = { git, genesis, registry: registry.host };
    await prepareInstallation(nodeOf(), installation);
    installedAt = performance.now();
    notes = await install(nodeOf(), installation);
  });

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  /** The policy repository with its signed first commit. */
  async function found(): Promise<string> {
    await alice.git(folder, "init", "--quiet", "--bare", "--initial-branch=main", remote);
    alice.write({
      "constitution.yaml": constitutionText,
      "members.yaml": membersText([{ person: alice, machine }, { person: bob }]),
      [`hosts/${machine}.yaml`]: hostText(machine, "alice", ollamaUrl),
    });
    await alice.commonhold("init", "--remote", remote);
    await bob.getClone(remote);
    return alice.git(alice.clone, "rev-parse", "HEAD");
  }

  async function decide(title: string, files: Readonly<Record<string, string>>): Promise<void> {
    const proposal = await alice.propose(title, files);
    await Promise.all([alice, bob].map((person) => person.vote(proposal, "yes")));
    await decisionUntil(world as World, { proposal }, "passed");
    await alice.commonhold("merge", proposal);
    await decisionUntil(world as World, { proposal }, "applied");
  }

  async function reference(name: string, seed: number): Promise<string> {
    await pushModel(registry.origin, { repository: `library/${name}`, tag: "1", gguf: tinyGguf({ seed, name }) });
    return `${registry.host}/library/${name}:1`;
  }

  test("what helm says last are the next three commands", () => {
    expect(notes).toMatch(/1\. [\s\S]*kubectl[\s\S]*2\. [\s\S]*commonhold propose[\s\S]*3\. [\s\S]*curl/);
  });

  test("all parts become ready", async () => {
    const parts = ["operator", "gateway", "governance"].map((name) => `deployment/commonhold-${name}`);
    for (const part of [`daemonset/commonhold-ollama-${machine}`, ...parts]) {
      await kubectl("rollout", "status", part, "--timeout=120s");
    }
    gateway = `http://${await kubectl("get", "service/commonhold-gateway", "-o", "jsonpath={.spec.clusterIP}:11435")}`;
  });

  test("the policy's machine is found ready, and a member has a key", async () => {
    await hostUntil(world as World, machine, isReady);
    key = await issueKey(world.client, "alice");
  });

  test("a model that was decided about answers through the gateway's Service, within two minutes of the installation", async ({
    annotate,
  }) => {
    await decide("Serve mind", { "models/mind.yaml": modelText("mind", await reference("mind", 1)) });
    await deploymentUntil(world as World, "mind", isReady);
    await expect.poll(async () => (await question()).status, { timeout: 30_000 }).toBe(200);
    const tookMs = performance.now() - installedAt;
    await annotate(
      `from helm install to the first answer, the vote and its timelock included: ${Math.round(tookMs / 100) / 10} s`,
    );
    expect(tookMs).toBeLessThan(installedToAnswerMsMax);
  });

  test("a key that nobody gave out is refused", async () => {
    expect((await ask(gateway, "ch_nobody", "mind")).status).toBe(401);
  });

  test("helm test asks a question in the cluster, and is answered", async () => {
    await kubectl("create", "secret", "generic", "commonhold-test-key", `--from-literal=key=${key}`);
    expect(await askByHelm(nodeOf())).toMatch(/What is the capital of France\?/);
  });

  test("a backup has the governance service's folder from its own pod, with a log that is whole", async () => {
    const { kubeconfigPath, programs } = nodeOf();
    const { signal } = new AbortController();
    const env = { PATH: `${dirname(programs.kubectl)}:${process.env["PATH"]}`, HOME: folder };
    const around = { env, cwd: folder, clock: systemClock, signal, say: () => undefined };
    const cluster = openCluster(kubeconfigPath, around);
    ends.push(() => cluster.close());
    const pod = { namespace: systemNamespace, kubeconfig: kubeconfigPath };
    const where = { to: join(folder, "backup.tar"), cluster, namespace: systemNamespace, governancePod: pod };
    const saved = await takeBackup({ ...where, repository: remote, withSecrets: false, version: "0" }, around);
    expect(saved.log?.size).toBeGreaterThan(1);
    expect(saved.entries.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["governance/keys/commit-key", "governance/keys/log-key"]),
    );
  });

  test("a cordoned node goes on answering", async () => {
    await nodeOf().kubectl(["cordon", nodeName]);
    expect((await question()).status).toBe(200);
    await nodeOf().kubectl(["uncordon", nodeName]);
  });

  test("while the operator's pods are killed, every question is answered", async () => {
    const answers = await whileAsked(() =>
      kubectl("delete", "pod", "-l", "app.kubernetes.io/name=operator", "--force", "--grace-period=0"),
    );
    await kubectl("rollout", "status", "deployment/commonhold-operator", "--timeout=120s");
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });

  test("while a gateway's pod goes as pods are asked to, every question is answered", async () => {
    const [pod = ""] = await podsOf("gateway");
    const answers = await whileAsked(() => kubectl("delete", `pod/${pod}`, "--wait=true", "--timeout=60s"));
    await kubectl("rollout", "status", "deployment/commonhold-gateway", "--timeout=120s");
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });

  test("while a gateway's pod is killed, no more fails than was under way on it", async () => {
    const [pod = ""] = await podsOf("gateway");
    const answers = await whileAsked(() => kubectl("delete", `pod/${pod}`, "--force", "--grace-period=0"));
    await kubectl("rollout", "status", "deployment/commonhold-gateway", "--timeout=120s");
    expect(answers.filter(({ status }) => status !== 200).length).toBeLessThanOrEqual(askers);
  });

  test("while Ollama's pod is killed, a question is answered or refused in words, and soon all are answered again", async () => {
    const answers = await whileAsked(async () => {
      await kubectl("delete", "pod", "-l", "app.kubernetes.io/name=ollama", "--force", "--grace-period=0");
      await kubectl("rollout", "status", `daemonset/commonhold-ollama-${machine}`, "--timeout=120s");
    });
    for (const { status, text } of answers.filter((answered) => answered.status !== 200)) {
      expect(status).toBeGreaterThanOrEqual(500);
      expect(JSON.parse(text)).toMatchObject({ error: { message: expect.any(String), code: expect.any(String) } });
    }
    // Each gateway finds out for itself that Ollama is back; so many questions, each over a connection of its own, reach all of them.
    const areAnswered = async (): Promise<boolean> => {
      for (let asked = 0; asked < 16; asked++) if ((await question()).status !== 200) return false;
      return true;
    };
    await expect.poll(areAnswered, { timeout: 90_000 }).toBe(true);
  });

  test("an upgrade changes a kind and replaces every service while every question is answered, and leaves Ollama alone", async () => {
    const before = await podsOf("ollama");
    const answers = await whileAsked(async () => {
      await upgradeToNext(nodeOf(), installation);
      await servicesRolledOut();
    });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await servicesImages()).toEqual([nextImage]);
    expect(await explained()).toContain("How to speak of them.");
    expect(await podsOf("ollama")).toEqual(before);
  });

  test("a rollback takes it back while every question is answered, and nobody's objects are lost", async () => {
    const answers = await whileAsked(async () => {
      await rollBack(nodeOf());
      await servicesRolledOut();
    });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await servicesImages()).toEqual([productImage]);
    await expect.poll(explained, { timeout: 30_000 }).toMatch(/does not exist/);
    expect(await nodeOf().kubectl(["get", "members", "-o", "name"])).toMatch(/alice[\s\S]*bob/);
    await decide("Serve another", { "models/other.yaml": modelText("other", await reference("other", 2)) });
  });

  test("helm uninstall takes away what runs and what it may, and leaves what nobody could make again", async () => {
    await uninstall(nodeOf());
    const nothing = "No resources found";
    const left = await nodeOf().tryKubectl([
      "-n",
      systemNamespace,
      "get",
      "deployments,daemonsets,services,networkpolicies",
    ]);
    expect(left.stderr).toContain(nothing);
    const rights = "clusterroles,clusterrolebindings,validatingadmissionpolicies,priorityclasses";
    expect(await nodeOf().kubectl(["get", rights, "-o", "name"])).not.toMatch(/commonhold(?!-kept-kinds)/);
    const lost = await nodeOf().tryKubectl(["delete", "crd", "members.commonhold.dev", "--dry-run=server"]);
    expect(lost.stderr).toContain("commonhold.dev/allow-removal=true");
    expect(await kubectl("get", "persistentvolumeclaims", "-o", "name")).toMatch(/commonhold-governance/);
    expect(await nodeOf().kubectl(["get", "modeldeployments", "-A", "-o", "name"])).toMatch(/mind/);
    expect(await nodeOf().kubectl(["get", "members", "-o", "name"])).toMatch(/alice[\s\S]*bob/);
  });

  async function servicesRolledOut(): Promise<void> {
    for (const name of services) await kubectl("rollout", "status", `deployment/commonhold-${name}`, "--timeout=180s");
  }

  /** Of all services, each once. */
  async function servicesImages(): Promise<string[]> {
    const path = "jsonpath={.spec.template.spec.containers[0].image}";
    const images = services.map((name) => kubectl("get", `deployment/commonhold-${name}`, "-o", path));
    return [...new Set(await Promise.all(images))];
  }

  async function explained(): Promise<string> {
    const { stdout, stderr } = await nodeOf().tryKubectl(["explain", `members.spec.${addedField}`]);
    return stdout + stderr;
  }

  async function podsOf(part: string): Promise<string[]> {
    const names = await kubectl("get", "pods", "-l", `app.kubernetes.io/name=${part}`, "-o", "name");
    return names
      .trim()
      .split("\n")
      .map((name) => name.replace("pod/", ""));
  }
  /** What was answered from before `happening` began until questions that began after it were answered too. */
  async function whileAsked(happening: () => Promise<unknown>): Promise<readonly Answered[]> {
    const load = startLoad(askers, question);
    const more = async (): Promise<void> => {
      const count = load.answers.length;
      await expect.poll(() => load.answers.length - count, { timeout: 120_000 }).toBeGreaterThan(10);
    };
    await more();
    await happening();
    await more();
    await load.stop();
    return load.answers;
  }
}
