import { describe, expect, test } from "vitest";
import { ManualClock } from "../clock/manual.ts";
import type { Engine } from "../engines/engine.ts";
import { EngineError } from "../engines/error.ts";
import { defaultHostLimits as limits } from "./limits.ts";
import { Remover } from "./remover.ts";
import type { WantedRemoval } from "./view.ts";

const removal = (model: string): WantedRemoval => ({ model, deployment: "default/chat", uid: "u" });

interface Options {
  fails?: (model: string) => Error | undefined;
  wanted?: Set<string>;
  mayAct?: () => boolean;
  /** In memory under names of their own. */
  loaded?: string[];
}

function setUp(options: Options = {}) {
  const clock = new ManualClock();
  const log: string[] = [];
  let changes = 0;
  const call = (what: string) => async (model: string) => {
    log.push(`${what} ${model}`);
    const error = options.fails?.(model);
    if (error) throw error;
    return true;
  };
  const loaded = async () => (options.loaded ?? ["a", "b", "c"]).map((name) => ({ name }));
  const remover = new Remover({
    clock,
    limits,
    engine: () => ({ unload: call("unload"), remove: call("remove"), loaded }) as unknown as Engine,
    refresh: async () => void log.push("ask what is there"),
    stillDue: ({ model }) => !options.wanted?.has(model),
    mayAct: options.mayAct ?? (() => true),
    onChange: () => changes++,
  });
  const settled = async (count = 1) => {
    while (changes < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, log, remover, settled };
}

describe("a remover", () => {
  test("unloads, deletes, and counts a name as gone only after the host was asked anew", async () => {
    const { log, remover, settled } = setUp();
    remover.offer([removal("a"), removal("b")]);
    expect(remover.done.size).toBe(0);
    await settled();
    expect(log).toEqual(["unload a", "remove a", "unload b", "remove b", "ask what is there"]);
    expect([...remover.done]).toEqual(["a", "b"]);
  });

  test("ends no runner that is listed under another name: it serves another model of the same weights", async () => {
    const { log, remover, settled } = setUp({ loaded: ["b"] });
    remover.offer([removal("a")]);
    await settled();
    expect(log).toEqual(["remove a", "ask what is there"]);
  });

  test("takes nothing off a host once this process no longer leads, not even what it has just unloaded", async () => {
    const fenced = setUp({
      mayAct: () => {
        if (fenced.log.length > 0) throw new Error("the lease ran out");
        return true;
      },
    });
    fenced.remover.offer([removal("a"), removal("b")]);
    await fenced.settled();
    expect(fenced.log).toEqual(["unload a"]);
    expect(fenced.remover.done.size).toBe(0);
    expect(fenced.remover.troubles.get("b")).toBe("the lease ran out");
  });

  test("does nothing twice", async () => {
    const { log, remover, settled } = setUp();
    remover.offer([removal("a")]);
    remover.offer([removal("a")]);
    await settled();
    remover.offer([removal("a")]);
    expect(log).toHaveLength(3);
  });

  test("leaves alone what is wanted again by then", async () => {
    const { log, remover, settled } = setUp({ wanted: new Set(["a"]) });
    remover.offer([removal("a"), removal("b")]);
    await settled();
    expect(log).toEqual(["unload b", "remove b", "ask what is there"]);
  });

  test("one that fails keeps no other, is told, and tried again with growing pauses", async () => {
    let broken = true;
    const { clock, log, remover, settled } = setUp({
      fails: (model) => (broken && model === "a" ? new EngineError("HostFailed", "sulks\u001b.") : undefined),
    });
    const due = [removal("a"), removal("b")];
    remover.offer(due);
    await settled();
    expect([...remover.done]).toEqual(["b"]);
    expect(remover.troubles.get("a")).toBe("sulks\\x1b");
    expect(remover.offer(due)).toBe(clock.now() + limits.removalRetryBaseMs);
    await clock.advance(limits.removalRetryBaseMs);
    expect(remover.offer(due)).toBeUndefined();
    await settled(2);
    expect(remover.offer(due)).toBe(clock.now() + 2 * limits.removalRetryBaseMs);
    broken = false;
    await clock.advance(2 * limits.removalRetryBaseMs);
    remover.offer(due);
    await settled(3);
    expect(remover.troubles.size).toBe(0);
    expect(log.filter((line) => line === "unload a")).toHaveLength(3);
  });

  test("forgets what the status lists no more, and troubles with what is due no more", async () => {
    const { remover, settled } = setUp({ fails: (model) => (model === "b" ? new Error("no") : undefined) });
    remover.offer([removal("a"), removal("b")]);
    await settled();
    remover.forget(new Set(["b"]));
    remover.offer([]);
    expect([remover.done.size, remover.troubles.size]).toEqual([0, 0]);
  });

  test("does nothing after it was stopped", async () => {
    const { log, remover } = setUp();
    await remover.stop();
    remover.offer([removal("a")]);
    expect(log).toEqual([]);
  });
});
