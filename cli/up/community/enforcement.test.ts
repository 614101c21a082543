import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import type { KubeClient, Sent, WriteOptions } from "../../../operator/kube/client.ts";
import { KubeError } from "../../../operator/kube/errors.ts";
import type { KubeObject, ResourceType } from "../../../operator/kube/resource.ts";
import { govern } from "./enforcement.ts";
import { memoryClient } from "./memory-client.fixture.ts";

const byPolicy = forbidden("… ValidatingAdmissionPolicy 'commonhold-governed-objects' … denied request: governed");

function forbidden(message: string): KubeError {
  return new KubeError(message, { status: 403, reason: "Forbidden" });
}

/** An API server that lets every create pass until `answer` is something to throw. */
function world(answer?: Error) {
  const clock = new ManualClock(0);
  const stop = new AbortController();
  const memory = memoryClient();
  const tried: string[] = [];
  const state = { answer };
  const create = async <T extends KubeObject>(type: ResourceType, object: Sent<T>, options: WriteOptions = {}) => {
    tried.push(`${type.kind} ${object.metadata.namespace ?? "-"} ${options.dryRun}`);
    if (state.answer) throw state.answer;
    return object as T;
  };
  const client = { ...memory, create } as unknown as KubeClient;
  return { clock, stop, memory, tried, state, start: (names: string[]) => govern(client, names, clock, stop.signal) };
}

describe("putting namespaces under the community's rule", () => {
  test("labels each, and tries by dry runs alone whether it holds there and for kinds without a namespace", async () => {
    const { memory, tried, start } = world(byPolicy);
    await start(["community", "lab"]);
    for (const name of ["community", "lab"])
      expect(memory.objects.get(`namespaces/${name}`)).toMatchObject({
        metadata: { labels: { "commonhold.dev/governed": "true" } },
      });
    expect(tried.sort()).toEqual(["ModelDeployment community true", "ModelDeployment lab true", "ModelHost - true"]);
  });

  test("is done only when the server refuses", async () => {
    const { clock, state, start } = world();
    let done = false;
    const governing = start(["community"]).then(() => {
      done = true;
    });
    await clock.advance(5_000);
    expect(done).toBe(false);
    state.answer = byPolicy;
    await clock.advance(50);
    await governing;
    expect(clock.pending).toBe(0);
  });

  test("is given up after 30 s, with what is open and what to look at", async () => {
    const { clock, start } = world();
    const failed = expect(start([])).rejects.toThrow(
      "lets anybody create a ModelHost 30 s after the policies were applied: does it admit by ValidatingAdmissionPolicy?",
    );
    await clock.advance(31_000);
    await failed;
  });

  test("does not take a refusal by RBAC for one by the policy", async () => {
    const { start } = world(forbidden('User "eve" cannot create resource "modelhosts"'));
    await expect(start([])).rejects.toThrow("cannot create resource");
  });

  test("ends at once when the person stops", async () => {
    const { clock, stop, start } = world();
    const stopped = expect(start(["community"])).rejects.toThrow("stopped by SIGINT");
    await clock.advance(100);
    stop.abort(new Error("stopped by SIGINT"));
    await stopped;
    expect(clock.pending).toBe(0);
  });
});
