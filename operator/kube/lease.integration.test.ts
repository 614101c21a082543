import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { compileModule } from "../../test/control-plane/parent.ts";
import { type AtEnd, eventually, test } from "../../test/kube-faults/test.ts";
import { systemClock, systemRandom } from "../clock/system.ts";
import { configMaps, leases } from "./builtin-types.ts";
import type { KubeClient } from "./client.ts";
import { FencedError } from "./errors.ts";
import { LeaderElector, type LeaderElectorOptions, LeadershipLostError } from "./lease.ts";

/** Outlasts every stall of a busy machine. */
const long = { leaseDurationMs: 60_000, renewDeadlineMs: 40_000, retryPeriodMs: 100 };
/** Lost within the test. */
const quick = { leaseDurationMs: 2_000, renewDeadlineMs: 1_400, retryPeriodMs: 100 };

interface Contender {
  elector: LeaderElector;
  /** "leads", "lost: <why>", "ended", in order. */
  told: string[];
  errors: unknown[];
  stop(): Promise<void>;
}

function contend(
  atEnd: AtEnd,
  client: KubeClient,
  namespace: string,
  identity: string,
  options: Partial<LeaderElectorOptions> = {},
): Contender {
  const told: string[] = [];
  const errors: unknown[] = [];
  const stopping = new AbortController();
  const elector = new LeaderElector({
    client,
    namespace,
    name: "leader",
    identity,
    clock: systemClock,
    random: systemRandom,
    ...quick,
    onError: (error) => errors.push(error),
    ...options,
  });
  const run = elector.run(stopping.signal, async (signal) => {
    told.push("leads");
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    const lost = signal.reason instanceof LeadershipLostError;
    told.push(lost ? `lost: ${signal.reason.message}` : "ended");
  });
  const stop = (): Promise<void> => {
    stopping.abort(new Error("the test stops the contender"));
    return run;
  };
  atEnd(stop);
  return { elector, told, errors, stop };
}

describe("leader election", () => {
  test("of two one leads; it gives the lease back when it stops, and the other takes over before it runs out", async ({
    client,
    namespace,
    atEnd,
  }) => {
    const first = contend(atEnd, client, namespace, "first", long);
    await eventually("the first leads", () => first.elector.isLeader);
    const second = contend(atEnd, client, namespace, "second", long);
    await eventually("the second sees who leads", () => second.elector.leader === "first");
    expect(second.elector.isLeader).toBe(false);
    expect(() => second.elector.fence()).toThrow(FencedError);
    await first.stop();
    await eventually("the second leads", () => second.elector.isLeader, 30_000);
    expect([first.told, second.told]).toEqual([["leads", "ended"], ["leads"]]);
    const lease = await client.get(leases, { namespace, name: "leader" });
    expect(lease?.spec).toMatchObject({ holderIdentity: "second", leaseTransitions: 1 });
  });

  test("many that start at once: one leads, and the fences of all others are closed", async ({
    client,
    namespace,
    atEnd,
  }) => {
    const all = Array.from({ length: 6 }, (_, index) => contend(atEnd, client, namespace, `c${index}`, long));
    await eventually("one leads", () => all.some(({ elector }) => elector.isLeader));
    await eventually("all know", () => all.every(({ elector }) => elector.leader !== undefined));
    expect(all.filter(({ elector }) => elector.isLeader)).toHaveLength(1);
    expect(new Set(all.map(({ elector }) => elector.leader)).size).toBe(1);
  });

  test("a leader cut off from the server gives up before another may take over, and another does", async ({
    client,
    clientFor,
    tcpProxy,
    namespace,
    atEnd,
  }) => {
    const first = contend(atEnd, clientFor(tcpProxy), namespace, "first");
    await eventually("the first leads", () => first.elector.isLeader);
    const second = contend(atEnd, client, namespace, "second");
    await eventually("the second sees who leads", () => second.elector.leader === "first");
    tcpProxy.freeze();
    let both = false;
    await eventually("the second leads", () => {
      both ||= first.elector.isLeader && second.elector.isLeader;
      return second.elector.isLeader;
    });
    expect(both).toBe(false);
    expect(first.told[1]).toBe(`lost: lease ${namespace}/leader is lost: it could not be renewed for 1400 ms`);
    await eventually("its tries failed", () => first.errors.length > 0);
  });

  test("short faults cost nothing: the lease is renewed within its deadline", async ({
    clientFor,
    httpProxy,
    namespace,
    atEnd,
  }) => {
    const first = contend(atEnd, clientFor(httpProxy), namespace, "first", long);
    await eventually("the first leads", () => first.elector.isLeader);
    httpProxy.inject({ match: ({ method }) => method === "PUT", act: { respond: 500 } });
    httpProxy.inject({ match: ({ method }) => method === "PUT", act: { reset: true } });
    await eventually("both faults are over", () => first.errors.length >= 2);
    const after = httpProxy.seen.length;
    await eventually("it is renewed", () => httpProxy.seen.length > after + 2);
    expect(first.told).toEqual(["leads"]);
  });

  test("a lease deleted under its holder is made anew", async ({ client, namespace, atEnd }) => {
    const first = contend(atEnd, client, namespace, "first", long);
    await eventually("the first leads", () => first.elector.isLeader);
    const before = await client.get(leases, { namespace, name: "leader" });
    await client.remove(leases, { namespace, name: "leader" });
    await eventually("it is there again", async () => {
      const lease = await client.get(leases, { namespace, name: "leader" });
      return lease && lease.metadata.uid !== before?.metadata.uid && lease.spec?.holderIdentity === "first";
    });
    expect(first.told).toEqual(["leads"]);
  });

  test("a lease taken by force is lost at the next renewal, and names who holds it", async ({
    client,
    namespace,
    atEnd,
  }) => {
    const first = contend(atEnd, client, namespace, "first", long);
    await eventually("the first leads", () => first.elector.isLeader);
    await client.patch(
      leases,
      { namespace, name: "leader" },
      { spec: { holderIdentity: "usurper", leaseDurationSeconds: 60 } },
    );
    await eventually("it is lost", () => first.told.length === 2);
    expect(first.told[1]).toBe(`lost: lease ${namespace}/leader is lost: usurper holds it`);
    expect(first.elector.isLeader).toBe(false);
  });

  test("work that throws ends the run with its error, and the lease is given back", async ({ client, namespace }) => {
    const elector = new LeaderElector({
      ...{ client, namespace, name: "leader", identity: "first", clock: systemClock, random: systemRandom },
      ...quick,
    });
    const run = elector.run(new AbortController().signal, () => Promise.reject(new Error("work")));
    await expect(run).rejects.toThrow("work");
    const lease = await client.get(leases, { namespace, name: "leader" });
    expect(lease?.spec?.holderIdentity ?? "").toBe("");
  });

  test.each([
    ["a renewal deadline past the lease", { leaseDurationMs: 1_000, renewDeadlineMs: 1_000, retryPeriodMs: 100 }],
    ["tries rarer than the deadline", { leaseDurationMs: 1_000, renewDeadlineMs: 700, retryPeriodMs: 700 }],
    ["no time between tries", { leaseDurationMs: 1_000, renewDeadlineMs: 700, retryPeriodMs: 0 }],
  ])("refused: %s", async (_, times) => {
    const client = {} as KubeClient;
    const options = { client, namespace: "n", name: "l", identity: "i", clock: systemClock, random: systemRandom };
    expect(() => new LeaderElector({ ...options, ...times })).toThrow(
      "leaseDurationMs > renewDeadlineMs > retryPeriodMs > 0",
    );
  });
});

describe("a leader that was frozen past its lease", () => {
  test("a stalled event loop: the fence is closed in the very turn it wakes in, before any timer has fired", async ({
    client,
    namespace,
    atEnd,
  }) => {
    let stalledMs = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + stalledMs };
    const { elector } = contend(atEnd, client, namespace, "first", { clock, ...long });
    await eventually("the first leads", () => elector.isLeader);
    const fenced = client.withFence(elector.fence);
    await fenced.create(configMaps, { metadata: { namespace, name: "before" } });
    stalledMs = 40_000;
    expect(() => elector.fence()).toThrow(/renewed \d+ ms ago, and holds for 40000 ms/);
    const write = fenced.create(configMaps, { metadata: { namespace, name: "after" } });
    await expect(write).rejects.toBeInstanceOf(FencedError);
    expect(await client.get(configMaps, { namespace, name: "after" })).toBeUndefined();
  });

  test("a clock that went back: how long is left cannot be known, so nothing is written until it is renewed", async ({
    client,
    namespace,
    atEnd,
  }) => {
    let offset = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + offset };
    const { elector } = contend(atEnd, client, namespace, "first", { clock });
    await eventually("the first leads", () => elector.isLeader);
    offset = -3_600_000;
    expect(elector.isLeader).toBe(false);
    expect(() => elector.fence()).toThrow(FencedError);
  });

  test("a real process, stopped by SIGSTOP in mid-work: nothing that it begins after it wakes is sent, and nothing that carries a version is taken", async ({
    plane,
    client,
    namespace,
    atEnd,
  }) => {
    const { child, said, exited } = startFrozenWriter(atEnd, [plane.adminKubeconfigPath, namespace, "frozen"]);
    const read = (name: string) => client.get(configMaps, { namespace, name });
    await eventually("it writes", async () => Number((await read("guarded"))?.data?.["count"]) > 5);
    child.kill("SIGSTOP");
    expect(said()).not.toContain("held back");
    const second = contend(atEnd, client, namespace, "second", long);
    await eventually("another leads", () => second.elector.isLeader);
    const ledAt = systemClock.now();
    const writer = client.withFence(second.elector.fence);
    const written = await writer.patch(configMaps, { namespace, name: "guarded" }, { data: { writer: "second" } });
    child.kill("SIGCONT");
    await eventually("it is held back", () => said().includes("held back"));
    child.stdin.end();
    await exited;
    // One plain write may have been past the fence, on its way to the system call, when the process was frozen.
    expect(Number((await read("plain"))?.data?.["begun"])).toBeLessThan(ledAt - 1_000);
    expect((await read("guarded"))?.metadata.resourceVersion).toBe(written.metadata.resourceVersion);
    expect((await client.get(leases, { namespace, name: "leader" }))?.spec?.holderIdentity).toBe("second");
  });
});

function startFrozenWriter(atEnd: AtEnd, args: readonly string[]) {
  const program = compileModule(join(import.meta.dirname, "../../test/kube-faults/frozen-writer.fixture.ts"));
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  atEnd(() => {
    child.kill("SIGKILL");
    return exited;
  });
  return { child, said: () => said, exited };
}
