/** Where a site has a registry of its own, hosts pull from there what it has; what is served is the same. */
import { describe, expect, test } from "vitest";
import { reference } from "../../test/deployments/settled.ts";
import { digest, mib, World } from "../../test/deployments/world.ts";

const site = "registry.lan:5000/library/smollm2:135m";
const elsewhere = "registry.ollama.ai/library/smollm2:135m";
const away = { code: "Unreachable", message: "away", terminal: false, attempts: 1, retryAt: Number.MAX_SAFE_INTEGER };
const file = { url: "https://example.org/a.gguf", sha256: "a".repeat(64), size: 1 };

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

/** A few, with what they begin: until what only shows progress is written, too. */
function passes(made: World, key: string): void {
  for (let pass = 0; pass < 15; pass++) {
    made.pass(key);
    made.work();
    made.now += 1_000;
  }
}

describe("where the site's registry fills itself, a model that it does not have yet", () => {
  const boundMs = 120_000 + (100 * mib) / 4_000;

  function waiting(): ReturnType<typeof world> {
    const made = new World();
    made.addHost("host-a");
    made.atSite = "Nothing";
    const key = made.deploy("chat");
    passes(made, key);
    const pulls = (): string[] =>
      made.commands.flatMap((command) =>
        command.kind === "StartTask" && command.step.kind === "Pull" ? [command.step.reference] : [],
      );
    return { world: made, key, pulls };
  }

  test("is waited for, in words and numbers, and nothing is pulled", () => {
    const { world: made, key, pulls } = waiting();
    expect(pulls()).toEqual([]);
    const { status } = made.get(key);
    expect(status?.replicas).toMatchObject([{ state: "Pending", reason: "SiteRegistryFills" }]);
    for (const type of ["ModelPulled", "Progressing"]) {
      expect(status?.conditions?.find((condition) => condition.type === type)).toMatchObject({
        reason: "SiteRegistryFills",
        message: expect.stringMatching(/fetches .*smollm2:135m first \(100 MiB\).* from its own registry from .*Z on/),
      });
    }
    expect(status?.conditions?.find(({ type }) => type === "Stalled")).toMatchObject({ status: "False" });
  });

  test("is pulled from there as soon as it is there", () => {
    const { world: made, key, pulls } = waiting();
    made.atSite = digest(reference);
    made.pulledFrom = site;
    made.now += 2_000;
    made.settle(key);
    expect(pulls()).toEqual([site]);
    expect(made.get(key).status).toMatchObject({ ready: "1/1", model: { pulledFrom: site } });
  });

  test("is pulled from its own registry when a thin line would have brought it, and not a second before", () => {
    const { world: made, key, pulls } = waiting();
    const resolvedAt = Date.parse(made.get(key).status?.model?.resolvedAt ?? "");
    const until = resolvedAt + Math.ceil(boundMs / 1_000) * 1_000;
    made.now = until - 1_000;
    expect(made.pass(key).wakeAt).toBeLessThanOrEqual(until);
    expect(pulls()).toEqual([]);
    made.now = until;
    made.settle(key);
    expect(pulls()).toEqual([elsewhere]);
    expect(made.get(key).status?.ready).toBe("1/1");
  });

  test("is waited for no longer because the operator was started anew, which asks at once", () => {
    const { world: made, key, pulls } = waiting();
    const resolvedAt = Date.parse(made.get(key).status?.model?.resolvedAt ?? "");
    made.now = resolvedAt + 60_000;
    made.restart();
    expect(made.pass(key).commands.map(({ kind }) => kind)).toContain("Resolve");
    expect(pulls()).toEqual([]);
    made.now = resolvedAt + Math.ceil(boundMs / 1_000) * 1_000;
    made.restart();
    made.settle(key);
    expect(pulls()).toEqual([elsewhere]);
  });

  test.each<[string, Partial<World>]>([
    ["the site's registry is away", { atSite: "Away" }],
    ["nobody can tell, because both registries are away", { registryDown: away }],
  ])("is pulled from its own registry at once where %s", (_, change) => {
    const { world: made, key, pulls } = waiting();
    if ("registryDown" in change) made.restart();
    Object.assign(made, change);
    made.now += 2_000;
    made.settle(key);
    expect(pulls()).toEqual([elsewhere]);
  });

  test("is not waited for by a host that has it, nor by what is made from files", () => {
    const made = new World();
    made.atSite = "Nothing";
    made.addHost("host-a").models.set("mine", { digest: digest(reference), bytes: 100 * mib } as never);
    const [named, files] = [made.deploy("chat"), made.deploy("files", { model: { files: [file] } })];
    for (const key of [named, files]) made.settle(key);
    for (const key of [named, files]) expect(made.get(key).status?.ready).toBe("1/1");
  });

  test("keeps what runs while it comes, where a tag is followed", () => {
    const made = new World();
    made.addHost("host-a");
    const key = made.deploy("chat", { update: "Track" });
    made.settle(key);
    made.registry.set(reference, digest("new"));
    made.atSite = digest(reference);
    made.now += made.limits.recheckMs * 2;
    passes(made, key);
    expect(made.get(key).status).toMatchObject({ ready: "1/1", model: { digest: digest("new") } });
    expect(made.get(key).status?.replicas?.map(({ reason }) => reason)).toContain("SiteRegistryFills");
    made.atSite = digest("new");
    made.pulledFrom = site;
    made.now += 2_000;
    made.settle(key);
    expect(made.get(key).status).toMatchObject({ ready: "1/1", model: { pulledFrom: site } });
  });
});

test("a host pulls from the site's copy what the tag no longer serves", () => {
  const made = new World();
  made.addHost("host-a");
  made.atSite = digest(reference);
  made.pulledFrom = site;
  const key = made.deploy("chat");
  made.settle(key);
  made.registry.set(reference, digest("new"));
  made.pulledFrom = undefined;
  made.now += made.limits.recheckMs * 2;
  made.settle(key);
  expect(made.get(key).status).toMatchObject({ available: { digest: digest("new") }, model: { pulledFrom: site } });
  made.addHost("host-b");
  made.change(key, { replicas: 2 });
  made.settle(key);
  expect(made.get(key).status?.ready).toBe("2/2");
});
