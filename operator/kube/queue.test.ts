import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyedQueue } from "./queue.ts";

/** What a promise has come to by now, without waiting for it. */
async function settled<T>(promise: Promise<T>): Promise<T | "pending"> {
  await new Promise((resolve) => setImmediate(resolve));
  return Promise.race([promise, Promise.resolve("pending" as const)]);
}

async function takeAll(queue: KeyedQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.length > 0) {
    const key = await queue.take();
    if (key === undefined) break;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe("KeyedQueue", () => {
  test("fair: keys come out in the order in which they went in", async () => {
    const queue = new KeyedQueue();
    for (const key of ["a", "b", "c"]) queue.add(key);
    expect(await takeAll(queue)).toEqual(["a", "b", "c"]);
  });

  test("stingy: a key added many times before it is taken comes out once", async () => {
    const queue = new KeyedQueue();
    for (const key of ["a", "b", "a", "a"]) queue.add(key);
    expect(await takeAll(queue)).toEqual(["a", "b"]);
  });

  test("a key is never with two workers: the second waits until the first is done", async () => {
    const queue = new KeyedQueue();
    queue.add("a");
    await queue.take();
    queue.add("a");
    const second = queue.take();
    expect(await settled(second)).toBe("pending");
    queue.done("a");
    expect(await second).toBe("a");
  });

  test("a key added again and again while it is worked on comes out exactly once more", async () => {
    const queue = new KeyedQueue();
    queue.add("a");
    await queue.take();
    queue.add("a");
    queue.add("a");
    queue.done("a");
    expect(await takeAll(queue)).toEqual(["a"]);
  });

  test("a key that comes back after its work stands behind those that waited", async () => {
    const queue = new KeyedQueue();
    queue.add("a");
    await queue.take();
    queue.add("b");
    queue.add("a");
    queue.done("a");
    expect(await takeAll(queue)).toEqual(["b", "a"]);
  });

  test("a worker that waits gets a key the moment it is added, and workers are served in turn", async () => {
    const queue = new KeyedQueue();
    const [first, second] = [queue.take(), queue.take()];
    queue.add("a");
    expect(await first).toBe("a");
    expect(await settled(second)).toBe("pending");
    queue.add("b");
    expect(await second).toBe("b");
  });

  test("after shutDown nothing goes in, what waits comes out, and then workers are told to end", async () => {
    const queue = new KeyedQueue();
    queue.add("a");
    queue.shutDown();
    queue.add("b");
    expect(await queue.take()).toBe("a");
    queue.done("a");
    expect(await queue.take()).toBeUndefined();
  });

  test("shutDown ends the workers that wait", async () => {
    const queue = new KeyedQueue();
    const waiting = [queue.take(), queue.take()];
    queue.shutDown();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  });

  test("a key added while it was worked on before shutDown still comes out, and no worker ends before it", async () => {
    const queue = new KeyedQueue();
    queue.add("a");
    await queue.take();
    queue.add("a");
    const worker = queue.take();
    queue.shutDown();
    expect(await settled(worker)).toBe("pending");
    queue.done("a");
    expect(await worker).toBe("a");
    queue.done("a");
    expect(await queue.take()).toBeUndefined();
  });

  test("drained resolves only when the queue is shut down and the last work is done", async () => {
    const queue = new KeyedQueue();
    queue.add("a");
    await queue.take();
    const drained = queue.drained().then(() => "drained");
    expect(await settled(drained)).toBe("pending");
    queue.shutDown();
    expect(await settled(drained)).toBe("pending");
    queue.done("a");
    expect(await drained).toBe("drained");
  });

  test("shutDownNow drops what waits, also what came back while it was worked on", async () => {
    const queue = new KeyedQueue();
    queue.add("a");
    queue.add("b");
    await queue.take();
    queue.add("a");
    queue.shutDownNow();
    queue.done("a");
    expect(await queue.take()).toBeUndefined();
    await queue.drained();
  });

  test("done without take is refused, for it would let a key into two hands", () => {
    expect(() => new KeyedQueue().done("a")).toThrow('done("a") without take');
  });

  test("whatever the order of adds, takes and dones, no key is in two hands and none that was added is lost", async () => {
    const key = fc.constantFrom("a", "b", "c", "d");
    const step = fc.oneof(
      fc.record({ op: fc.constant("add" as const), key }),
      fc.record({ op: fc.constant("take" as const), key }),
      fc.record({ op: fc.constant("done" as const), key }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = new KeyedQueue();
        const inHand = new Set<string>();
        const wanted = new Set<string>();
        const take = async (): Promise<void> => {
          const taken = await queue.take();
          if (taken === undefined) return;
          expect(inHand.has(taken)).toBe(false);
          expect(wanted.delete(taken)).toBe(true);
          inHand.add(taken);
        };
        for (const { op, key } of steps) {
          if (op === "add") {
            wanted.add(key);
            queue.add(key);
          } else if (op === "take" && queue.length > 0) await take();
          else if (op === "done" && inHand.delete(key)) queue.done(key);
        }
        for (const key of inHand) queue.done(key);
        inHand.clear();
        while (queue.length > 0) {
          await take();
          for (const key of inHand) queue.done(key);
          inHand.clear();
        }
        expect([...wanted]).toEqual([]);
      }),
    );
  });
});
