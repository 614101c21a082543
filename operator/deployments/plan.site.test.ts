/** Where a site has a registry of its own, hosts pull from there what it has; what is served is the same. */
import { describe, expect, test } from "vitest";
import { reference } from "../../test/deployments/settled.ts";
import { digest, World } from "../../test/deployments/world.ts";

const site = "registry.lan:5000/library/smollm2:135m";
const elsewhere = "registry.ollama.ai/library/smollm2:135m";

function world(pulledFrom: string | undefined): { world: World; key: string; pulls: () => string[] } {
  const made = new World();
  made.addHost("host-a");
  made.pulledFrom = pulledFrom;
  const key = made.deploy("chat");
  made.settle(key);
  const pulls = (): string[] =>
    made.commands.flatMap((command) =>
      command.kind === "StartTask" && command.step.kind === "Pull" ? [command.step.reference] : [],
    );
  return { world: made, key, pulls };
}

describe("a model that the site's registry has", () => {
  test("is pulled from there, and named and pinned as if it came from its own", () => {
    const { world: made, key, pulls } = world(site);
    expect(pulls()).toEqual([site]);
    expect(made.get(key).status).toMatchObject({
      ready: "1/1",
      model: { reference, digest: digest(reference), pulledFrom: site },
    });
    expect([...made.hosts.get("host-a")!.models.keys()].some((name) => name.startsWith("registry.lan"))).toBe(false);
  });

  test("is pulled from its own registry where the site's does not have it", () => {
    expect(world(undefined).pulls()).toEqual([elsewhere]);
  });

  test.each([
    ["comes into the site's registry", undefined, site],
    ["is no longer in the site's registry", site, undefined],
  ])("that %s is pulled from where it is now by the next host, and what runs goes on", (_, before, after) => {
    const { world: made, key, pulls } = world(before);
    made.pulledFrom = after;
    made.now += made.limits.recheckMs * 2;
    made.settle(key);
    expect(made.get(key).status?.model?.pulledFrom).toBe(after);
    expect(pulls()).toHaveLength(1);
    made.addHost("host-b");
    made.change(key, { replicas: 2 });
    made.settle(key);
    expect(pulls()).toEqual([before ?? elsewhere, after ?? elsewhere]);
    expect(made.get(key).status?.ready).toBe("2/2");
  });
});
