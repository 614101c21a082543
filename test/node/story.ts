/** What the tests in the cluster share: they tell one story, and each goes on where the one before ended. */
import { expect } from "vitest";
import { systemNamespace } from "../../operator/apis/group.ts";
import type { Person } from "../e2e/governance-person.ts";
import type { World } from "../e2e/world.ts";
import type { Installation } from "./installation.ts";
import { type Answered, startLoad } from "./load.ts";
import type { Substrate } from "./substrate.ts";

export const services = ["operator", "gateway", "governance"];

/** Questions under way at any time while something happens; every third is streamed. */
export const askers = 3;

export interface Story {
  readonly node: () => Substrate;
  readonly world: () => World;
  readonly installation: () => Installation;
  /** A folder of the story's own. */
  readonly folder: string;
  /** Of the policy, on this machine. */
  readonly remote: string;
  readonly members: { readonly alice: Person; readonly bob: Person };
  /** In the namespace of the services. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** `by`: a member's key; alice's unless it is given. */
  question(model?: string, stream?: boolean, by?: string): Promise<Answered>;
  /** What a member's own client is given. */
  access(): { readonly baseURL: string; readonly apiKey: string };
  /** Proposed, voted for, merged, applied. */
  decide(title: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** Of a model that the community's registry has from now on. */
  reference(name: string, seed: number): Promise<string>;
}

/** What was answered from before `happening` began until questions that began after it were answered too. */
export async function whileAsked(
  { question }: Pick<Story, "question">,
  happening: () => Promise<unknown>,
): Promise<readonly Answered[]> {
  let asked = 0;
  const load = startLoad(askers, () => question("mind", asked++ % 3 === 0));
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

/** Those that were not answered, or not to the end. */
export function failed(answers: readonly Answered[]): readonly Answered[] {
  return answers.filter(({ status, isWhole }) => status !== 200 || !isWhole);
}

export async function podsOf({ kubectl }: Pick<Story, "kubectl">, part: string): Promise<string[]> {
  const names = await kubectl("get", "pods", "-l", `app.kubernetes.io/name=${part}`, "-o", "name");
  return names
    .trim()
    .split("\n")
    .map((name) => name.replace("pod/", ""));
}

export async function rolledOut({ kubectl }: Pick<Story, "kubectl">, ...parts: readonly string[]): Promise<void> {
  for (const part of parts) await kubectl("rollout", "status", part, "--timeout=180s");
}

export async function servicesRolledOut(story: Pick<Story, "kubectl">): Promise<void> {
  await rolledOut(story, ...services.map((name) => `deployment/commonhold-${name}`));
}

/** Each once. */
export async function servicesImages({ kubectl }: Pick<Story, "kubectl">): Promise<string[]> {
  const path = "jsonpath={.spec.template.spec.containers[0].image}";
  const images = services.map((name) => kubectl("get", `deployment/commonhold-${name}`, "-o", path));
  return [...new Set(await Promise.all(images))];
}

/** Whatever a command in the cluster says, also where it fails. */
export async function saidOf(node: Substrate, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await node.tryKubectl(["-n", systemNamespace, ...args]);
  return stdout + stderr;
}
