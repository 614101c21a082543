import { describe, expect, test } from "vitest";
import { createStack, type Stoppable } from "./stack.ts";

describe("a stack of programs", () => {
  const part = (name: string, log: string[], stop: () => Promise<void> = async () => {}): Stoppable => ({
    name,
    stop: async () => {
      log.push(`${name} stops`);
      await stop();
      log.push(`${name} stopped`);
    },
  });

  test("stops the last first, each after the one before it is done", async () => {
    const log: string[] = [];
    const stack = createStack();
    for (const name of ["etcd", "apiserver"]) stack.add(part(name, log));
    await stack.stop((name) => log.push(`telling ${name}`));
    expect(log).toEqual([
      "telling apiserver",
      "apiserver stops",
      "apiserver stopped",
      "telling etcd",
      "etcd stops",
      "etcd stopped",
    ]);
  });

  test("stops the others when one cannot be stopped, and says so in the end", async () => {
    const log: string[] = [];
    const stack = createStack();
    stack.add(part("etcd", log));
    stack.add(part("gateway", log, () => Promise.reject(new Error("stuck"))));
    await expect(stack.stop()).rejects.toMatchObject({ errors: [new Error("stuck")] });
    expect(log.at(-1)).toBe("etcd stopped");
  });

  test("asked twice at once stops each part once", async () => {
    const log: string[] = [];
    const stack = createStack();
    stack.add(part("etcd", log));
    await Promise.all([stack.stop(), stack.stop()]);
    await stack.stop();
    expect(log).toEqual(["etcd stops", "etcd stopped"]);
  });

  test("a part that comes while the others stop is stopped too", async () => {
    const log: string[] = [];
    const stack = createStack();
    stack.add(part("etcd", log, async () => void stack.add(part("late", log))));
    await stack.stop();
    expect(log.at(-1)).toBe("late stopped");
  });
});
