/**
 * One story in a cluster: installed by the packaged chart, governed from a policy repository over ssh, a model decided about, served by Ollama in a pod and
 * answered for through the gateway's Service; then what happens to machines happens. Each test goes on where the one before ended.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { extract } from "tar";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCluster } from "../../cli/backup/cluster.ts";
import { takeBackup } from "../../cli/backup/take.ts";
import { takeSupportBundle } from "../../cli/support-bundle/take.ts";
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
import { buildOllamaImage, buildRegistryImage, ollamaImage, productImage, registryImage } from "./images.ts";
import { askByHelm, type Installation, install, machine, ollamaUrl, prepareInstallation } from "./installation.ts";
import { killedTests } from "./killed.suite.ts";
import { ask } from "./load.ts";
import { nextImage } from "./next-version.ts";
import { type NodeRegistry, startNodeRegistry } from "./registry.ts";
import { siteTests } from "./site.suite.ts";
import { rolledOut, type Story, services } from "./story.ts";
import type { Substrate } from "./substrate.ts";
import { upgradeTests } from "./upgrade.suite.ts";

const installedToAnswerMsMax = 120_000;

/** `more`: what only some substrates can show, once a model is served. */
export function clusterTests(nodeOf: () => Substrate, more: (story: Story) => void = () => undefined): void {
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
  const story: Story = {
    ...{ folder, node: nodeOf, kubectl, decide, reference },
    world: () => world as World,
    installation: () => installation,
    question: (model = "mind", stream = false) => ask(gateway, key, model, stream),
    access: () => ({ baseURL: `${gateway}/v1`, apiKey: key }),
  };

  beforeAll(async () => {
    const { images, programs, importImages, machineAddress } = nodeOf();
    await images.buildProduct();
    await buildOllamaImage(images, programs);
    await buildRegistryImage(images, programs);
    for (const image of [productImage, ollamaImage, registryImage]) await importImages(await images.archiveOf(image));
    await importImages(await images.archiveOf(productImage, nextImage));
    registry = await startNodeRegistry(machineAddress);
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

  /** The policy repository with its signed first commit; the server's user need not be ours. */
  async function found(): Promise<string> {
    await alice.git(folder, "init", "--quiet", "--bare", "--shared=0666", "--initial-branch=main", remote);
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
    const parts = [...services, "registry"].map((name) => `deployment/commonhold-${name}`);
    await rolledOut(story, `daemonset/commonhold-ollama-${machine}`, ...parts);
    gateway = await nodeOf().urlOf(systemNamespace, "commonhold-gateway", 11_435);
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
    await expect.poll(async () => (await story.question()).status, { timeout: 30_000 }).toBe(200);
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

  test("a support bundle has what every service's pod said, and no key", async () => {
    const { kubeconfigPath } = nodeOf();
    const { signal } = new AbortController();
    const around = { env: {}, cwd: folder, clock: systemClock, signal, say: () => undefined };
    const options = { to: "support.tar.gz", kubeconfig: kubeconfigPath, namespace: systemNamespace, version: "0" };
    await takeSupportBundle({ ...options, doctor: async () => undefined }, around);
    const unpacked = scratchDirectory("node-support");
    await extract({ file: join(folder, options.to), cwd: unpacked });
    const files = readdirSync(unpacked, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    const texts = files.map(({ parentPath, name }) => [
      join(parentPath, name),
      readFileSync(join(parentPath, name), "utf8"),
    ]);
    for (const name of services) {
      const logs = texts.filter(([path = ""]) => path.includes(`commonhold-${name}-`) && /\.log|logs/.test(path));
      expect(logs.map(([, text]) => text).join("\n")).toContain('"event":"listening"');
    }
    expect(texts.filter(([, text = ""]) => text.includes(key))).toEqual([]);
  });

  more(story);
  siteTests(story);
  killedTests(story);
  upgradeTests(story);
}
