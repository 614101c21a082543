/** Whatever happens to hosts, registry and operator: nothing that is not ours is touched, and when it is over all comes to rest, served. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digest, gib, World, type WorldHost } from "../../test/deployments/world.ts";
import type { Replica } from "../apis/model-deployment.ts";
import { isOurs } from "../models/names.ts";

const stranger = digest("a person's own model");

interface Happening {
  readonly what: string;
  readonly host: number;
  readonly number: number;
}

const happenings = fc.array(
  fc.record({
    what: fc.constantFrom(
      "pass",
      "pass",
      "pass",
      "work",
      "killed during the pass",
      "restart",
      "host away",
      "host back",
      "evicted",
      "deleted by hand",
      "overwritten by hand",
      "settings change",
      "scale",
      "a step fails",
      "a person pulls that name",
      "time passes",
    ),
    host: fc.integer({ min: 0, max: 2 }),
    number: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 40 },
);

const hostKinds = fc.array(fc.constantFrom("empty", "has the same model", "has another model of that name"), {
  minLength: 1,
  maxLength: 3,
});

function build(kinds: readonly string[]): { world: World; hosts: WorldHost[]; key: string } {
  const world = new World();
  const key = world.deploy("chat", { replicas: 1 });
  const hosts = kinds.map((kind, index) => {
    const host = world.addHost(`host-${index}`);
    host.models.set("alice/own:latest", { digest: stranger, bytes: 1 });
    if (kind === "has the same model") host.models.set("smollm2:135m", { digest: served(), bytes: 1 });
    if (kind === "has another model of that name") host.models.set("smollm2:135m", { digest: stranger, bytes: 1 });
    return host;
  });
  return { world, hosts, key };
}

function served() {
  return digest("registry.ollama.ai/library/smollm2:135m");
}

function happen(world: World, key: string, host: WorldHost, { what, number }: Happening): void {
  switch (what) {
    case "pass":
      world.pass(key);
      return;
    case "work":
      world.work();
      return;
    case "killed during the pass":
      world.pass(key, number);
      return;
    case "restart":
      world.restart();
      return;
    case "host away":
    case "host back": {
      const reachable = what === "host back";
      if (host.reachable !== reachable) Object.assign(host, { reachable, since: world.now });
      return;
    }
    case "evicted":
      host.loaded.clear();
      return;
    case "deleted by hand":
    case "overwritten by hand":
      for (const name of host.models.keys()) {
        if (!isOurs(name)) continue;
        if (what === "deleted by hand") host.models.delete(name);
        else host.models.set(name, { digest: digest(`by hand ${number}`), bytes: 1, ours: true });
      }
      return;
    case "a person pulls that name":
      host.models.set("smollm2:135m", { digest: stranger, bytes: 1 });
      return;
    case "settings change":
      world.change(key, { context: 1024 * (number + 1) });
      return;
    case "scale":
      world.change(key, { replicas: number });
      return;
    case "a step fails": {
      let left = number;
      world.fault = () => (left-- > 0 ? new Error("a fault") : undefined);
      return;
    }
    case "time passes":
      world.now += 30_000 * (number + 1);
      return;
  }
}

/** What lay on the hosts before we came; the names of a download come and go where they were not there. */
function strangersOf(hosts: readonly WorldHost[], names: readonly (readonly string[])[]): string[][] {
  return hosts.map(({ models }, index) => (names[index] ?? []).map((name) => `${name} ${models.get(name)?.digest}`));
}

function alive(replicas: readonly Replica[] = []): Replica[] {
  return replicas.filter(({ state }) => state !== "Removing");
}

function checkPlaces(replicas: readonly Replica[] | undefined): void {
  const counted = alive(replicas).filter(({ id }) => !alive(replicas).some(({ replaces }) => replaces === id));
  const hosts = counted.map((replica) => replica.hosts[0]?.name);
  expect(new Set(hosts).size, `two replicas on one host: ${JSON.stringify(replicas)}`).toBe(hosts.length);
}

/** All faults end, and time goes on until every wait is over. */
function heal(world: World, hosts: readonly WorldHost[]): void {
  world.fault = () => undefined;
  for (const host of hosts) if (!host.reachable) Object.assign(host, { reachable: true, since: world.now });
  world.now += 2 * world.limits.refusalMs;
}

describe("whatever happens", () => {
  test("what is not ours stays as it is, a host never has two replicas, and all comes to rest", () => {
    fc.assert(
      fc.property(hostKinds, happenings, (kinds, happened) => {
        const { world, hosts, key } = build(kinds);
        const names = hosts.map(({ models }) => [...models.keys()]);
        let before = strangersOf(hosts, names);
        for (const happening of happened) {
          const index = happening.host % hosts.length;
          const host = hosts[index]!;
          happen(world, key, host, happening);
          if (happening.what === "a person pulls that name") {
            names[index] = [...new Set([...names[index]!, "smollm2:135m"])];
            before = strangersOf(hosts, names);
          }
          checkPlaces(world.get(key).status?.replicas);
          expect(strangersOf(hosts, names)).toEqual(before);
        }
        heal(world, hosts);
        world.change(key, { replicas: 1 });
        world.settle(key);
        expect(strangersOf(hosts, names)).toEqual(before);
        const isUsable = ({ models }: WorldHost) =>
          [...models.values()].some(({ digest: at }) => at === served()) ||
          models.get("smollm2:135m")?.digest !== stranger;
        expect(world.get(key).status?.ready).toBe(hosts.some(isUsable) ? "1/1" : "0/1");
        world.now += 1000;
        expect(world.pass(key).commands).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test("a deletion leaves nothing of ours on any host, also not on one that was away", () => {
    fc.assert(
      fc.property(hostKinds, happenings, (kinds, happened) => {
        const { world, hosts, key } = build(kinds);
        for (const happening of happened) happen(world, key, hosts[happening.host % hosts.length]!, happening);
        world.fault = () => undefined;
        world.delete(key);
        world.settle(key);
        expect(world.deployments.has(key)).toBe(false);
        for (const host of hosts) host.reachable = true;
        world.work();
        for (const host of hosts) expect([...host.models.keys()].filter(isOurs)).toEqual([]);
        for (const [index, kind] of kinds.entries()) {
          const pulled = happened.some(
            ({ what, host }) => what === "a person pulls that name" && host % hosts.length === index,
          );
          expect(hosts[index]!.models.has("smollm2:135m")).toBe(kind !== "empty" || pulled);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("a model larger than every host, or a disk too small, is refused in words and nothing is downloaded", () => {
    const world = new World();
    const small = world.addHost("small", { memoryBytes: gib / 32 });
    const full = world.addHost("full", { diskBytes: gib / 32 });
    const key = world.deploy("chat");
    world.settle(key);
    expect(world.get(key).status?.refusals?.map(({ host, reason }) => [host, reason])).toEqual([
      ["full", "NotEnoughDisk"],
      ["small", "LargerThanHost"],
    ]);
    expect([...small.touched, ...full.touched]).toEqual([]);
  });
});
