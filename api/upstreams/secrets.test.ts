import { describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { KubeError } from "../../operator/kube/errors.ts";
import { absenceAgeMaxMs, secretAgeMaxMs, secretReader } from "./secrets.ts";

function setUp(first: unknown) {
  const clock = new ManualClock();
  const cluster = { answer: first, reads: [] as unknown[] };
  const get = async (_type: unknown, ref: unknown) => {
    cluster.reads.push(ref);
    if (cluster.answer instanceof Error) throw cluster.answer;
    return cluster.answer as never;
  };
  return { clock, cluster, read: secretReader({ client: { get }, clock, namespace: "system" }) };
}

const secret = (token: string) => ({ data: { token: Buffer.from(token).toString("base64") } });

describe("a Secret", () => {
  test("is read from the system's namespace, decoded, and remembered for half a minute", async () => {
    const { clock, cluster, read } = setUp(secret("one"));
    expect((await read("gpu"))?.get("token")).toBe("one");
    cluster.answer = secret("two");
    await clock.advance(secretAgeMaxMs - 1);
    expect((await read("gpu"))?.get("token")).toBe("one");
    await clock.advance(1);
    expect((await read("gpu"))?.get("token")).toBe("two");
    expect(cluster.reads).toEqual([
      { name: "gpu", namespace: "system" },
      { name: "gpu", namespace: "system" },
    ]);
  });

  test("that is missing is looked for again after two seconds", async () => {
    const { clock, cluster, read } = setUp(undefined);
    expect(await read("gpu")).toBeUndefined();
    cluster.answer = secret("one");
    await clock.advance(absenceAgeMaxMs);
    expect((await read("gpu"))?.get("token")).toBe("one");
  });

  test("goes on with its last value while the API server is away", async () => {
    const { clock, cluster, read } = setUp(secret("one"));
    await read("gpu");
    cluster.answer = new KubeError("connection refused", { reason: "ConnectionRefused" });
    await clock.advance(secretAgeMaxMs);
    expect((await read("gpu"))?.get("token")).toBe("one");
  });

  test("that may not be read any more is not used any more, and the error holds no part of it", async () => {
    const { clock, cluster, read } = setUp(secret("one"));
    await read("gpu");
    cluster.answer = new KubeError("forbidden", { status: 403, reason: "Forbidden" });
    await clock.advance(secretAgeMaxMs);
    await expect(read("gpu")).rejects.toMatchObject({
      reason: "no_credentials",
      message: "cannot be asked: its Secret gpu may not be read: hostSecrets of the chart does not name it",
    });
  });
});
