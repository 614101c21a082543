import { expect } from "vitest";
import type { Condition } from "../../operator/apis/fields/condition.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../../operator/apis/model-host.ts";
import type { World } from "./world.ts";

const deadlineMs = 90_000;

/** Resolves once `holds` is true of the deployment; at the deadline fails with the deployment's own conditions. */
export async function deploymentUntil(
  world: World,
  name: string,
  holds: (deployment: ModelDeployment) => boolean,
): Promise<ModelDeployment> {
  return until(() => getDeployment(world, name), holds, `ModelDeployment ${name}`);
}

export async function hostUntil(world: World, name: string, holds: (host: ModelHost) => boolean): Promise<ModelHost> {
  const get = async () => (await world.client.get(modelHosts, { name })) as ModelHost | undefined;
  return until(get, holds, `ModelHost ${name}`);
}

export async function goneUntil(world: World, name: string): Promise<void> {
  await expect.poll(() => getDeployment(world, name), { timeout: deadlineMs, interval: 100 }).toBeUndefined();
}

export async function getDeployment(world: World, name: string): Promise<ModelDeployment | undefined> {
  return (await world.client.get(modelDeployments, { name, namespace: world.namespace })) as
    | ModelDeployment
    | undefined;
}

export function isReady(object: ModelDeployment | ModelHost): boolean {
  const ready = conditionOf(object, "Ready");
  return ready?.status === "True" && ready.observedGeneration === object.metadata.generation;
}

export function conditionOf(object: ModelDeployment | ModelHost, type: string): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type);
}

/** Names of the models on a host's disk, as its own API tells. */
export async function modelsOn(url: string): Promise<{ name: string; digest: string }[]> {
  const answer = (await (await fetch(`${url}/api/tags`)).json()) as { models?: { name: string; digest: string }[] };
  return (answer.models ?? []).map(({ name, digest }) => ({ name, digest }));
}

async function until<T extends ModelDeployment | ModelHost>(
  get: () => Promise<T | undefined>,
  holds: (object: T) => boolean,
  what: string,
): Promise<T> {
  let last: T | undefined;
  try {
    await expect
      .poll(
        async () => {
          last = await get();
          return last !== undefined && holds(last);
        },
        { timeout: deadlineMs, interval: 100 },
      )
      .toBe(true);
  } catch (cause) {
    throw new Error(`${what} did not come to what was waited for: ${JSON.stringify(last?.status, null, 1)}`, { cause });
  }
  return last as T;
}
