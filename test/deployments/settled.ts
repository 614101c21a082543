/** What tests of plans ask of a world. */
import type { Condition } from "../../operator/apis/fields/condition.ts";
import { isOurs } from "../../operator/models/names.ts";
import { World, type WorldHost } from "./world.ts";

/** What `smollm2:135m` is in full. */
export const reference = "registry.ollama.ai/library/smollm2:135m";

export function condition(world: World, key: string, type: string): Condition | undefined {
  return world.get(key).status?.conditions?.find((each) => each.type === type);
}

/** A deployment that is Ready on `host-a`. */
export function settled(change: Partial<WorldHost> = {}, ...more: string[]) {
  const world = new World();
  const host = world.addHost("host-a", change);
  for (const name of more) world.addHost(name);
  const key = world.deploy("chat");
  world.settle(key);
  return { world, host, key };
}

export function servedNames(host: WorldHost): string[] {
  return [...host.models.keys()].filter((name) => isOurs(name) && !name.includes(":b-"));
}
