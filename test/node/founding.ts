/** What a story in the cluster begins with: two people and their policy repository, a git server, a registry of models; later a member's key. */
import { join } from "node:path";
import { adminClient } from "../../cli/up/community/admin-client.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { pushModel } from "../doubles/registry/push.ts";
import { Person } from "../e2e/governance-person.ts";
import { constitutionText, hostText, membersText } from "../e2e/governance-policy.ts";
import { decisionUntil } from "../e2e/governance-service.ts";
import { issueKey, type World } from "../e2e/world.ts";
import { tinyGguf } from "../models/tiny-gguf.ts";
import { startGitServer } from "./git-server.ts";
import { type Installation, loadedModelsMax, machine, ollamaUrl, prepareInstallation } from "./installation.ts";
import { ask } from "./load.ts";
import { type NodeRegistry, startNodeRegistry } from "./registry.ts";
import type { Story } from "./story.ts";
import type { Substrate } from "./substrate.ts";

export interface Founding {
  readonly story: Story;
  /** Resolves when everything is there that an installation takes. */
  found(): Promise<void>;
  /** Members ask through the gateway's Service from now on. */
  open(): Promise<void>;
  /** The story asks with alice's key from now on. */
  admit(): Promise<void>;
  end(): Promise<void>;
}

export function founding(nodeOf: () => Substrate): Founding {
  const folder = scratchDirectory("node-policy");
  const remote = join(folder, "policy.git");
  const alice = new Person(folder, "alice");
  const bob = new Person(folder, "bob");
  const ends: (() => Promise<unknown>)[] = [];
  let registry: NodeRegistry;
  let world: Pick<World, "client" | "namespace">;
  let installation: Installation;
  let gateway = "";
  let key = "";

  async function found(): Promise<void> {
    registry = await startNodeRegistry(nodeOf().machineAddress);
    ends.push(() => registry.close());
    const { client, stop } = adminClient(nodeOf().kubeconfigPath, systemClock);
    ends.push(async () => stop());
    world = { client, namespace: "community" };
    const genesis = await begin();
    const git = await startGitServer(nodeOf(), remote);
    installation = { git, genesis, registry: registry.host };
    await prepareInstallation(nodeOf(), installation);
  }

  /** The policy repository with its signed first commit; the server's user need not be ours. */
  async function begin(): Promise<string> {
    await alice.git(folder, "init", "--quiet", "--bare", "--shared=0666", "--initial-branch=main", remote);
    alice.write({
      "constitution.yaml": constitutionText,
      "members.yaml": membersText([{ person: alice, machine }, { person: bob }]),
      [`hosts/${machine}.yaml`]: `${hostText(machine, "alice", ollamaUrl)}  engine: {maxLoadedModels: ${loadedModelsMax}}\n`,
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

  const story: Story = {
    ...{ folder, remote, node: nodeOf, decide, reference, members: { alice, bob } },
    kubectl: (...args) => nodeOf().kubectl(["-n", systemNamespace, ...args]),
    world: () => world as World,
    installation: () => installation,
    question: (model = "mind", stream = false, by = key) => ask(gateway, by, model, stream),
    access: () => ({ baseURL: `${gateway}/v1`, apiKey: key }),
  };
  return {
    story,
    found,
    open: async () => {
      gateway = await nodeOf().urlOf(systemNamespace, "commonhold-gateway", 11_435);
    },
    admit: async () => {
      key = await issueKey(world.client, "alice");
    },
    end: async () => {
      for (const end of ends.reverse()) await end();
    },
  };
}
