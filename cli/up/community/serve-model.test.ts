/** From a community that is up to a model that answers, where the policy says already what this machine needs. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { modelDeployments } from "../../../operator/apis/model-deployment.ts";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { Community as Policy } from "../../policy/community.fixture.ts";
import type { Community } from "./community.ts";
import { memoryClient } from "./memory-client.fixture.ts";
import { serveModel } from "./serve-model.ts";
import { hostFile, hostPath } from "./this-host.ts";

const root = join(import.meta.dirname, "../../..");
const ref = { namespace: "community", name: "smollm2" };

let policy: Policy;
let host: Community["host"];
beforeEach(() => {
  policy = new Policy();
  host = { url: "http://127.0.0.1:11434", owner: "alice", modelsPath: policy.folder };
  const clone = policy.clone("alice");
  policy.write(clone, hostPath, hostFile(host, undefined, undefined) ?? "");
  policy.commit(clone, "Add this machine");
  policy.git(clone, "push", "--quiet", "origin", "HEAD:main");
});
afterEach(() => policy.remove());

function world() {
  const client = memoryClient();
  const clock = new ManualClock(policy.clock.now());
  const said: string[] = [];
  const step = (title: string) => ({ update: () => {}, done: (text: string) => void said.push(`${title}: ${text}`) });
  const put = (status: object): void => {
    const object = { metadata: { ...ref, generation: 1 }, spec: {}, status: { observedGeneration: 1, ...status } };
    client.objects.set(`${modelDeployments.plural}/${ref.namespace}/${ref.name}`, object as never);
  };
  const run = async (): Promise<string> => {
    const community = {
      ...{ client, host, modelFilePort: 1, policy: { url: policy.url } },
      governance: { url: "http://127.0.0.1:1", process: { logPath: "/dev/null", pid: 1 } },
      memberKey: { signer: policy.keys.alice, path: join(policy.home("alice"), ".ssh", "id_ed25519") },
    };
    let isOver = false;
    const serving = serveModel(community as never, {
      ...{ root, reference: undefined, env: policy.env("alice"), clock, signal: new AbortController().signal },
      state: { cache: join(policy.folder, "cache"), path: policy.folder } as never,
      ...{ deadlineMs: 60_000, patienceMs: 5_000, stack: undefined as never, display: { step } as never },
    }).finally(() => {
      isOver = true;
    });
    serving.catch(() => undefined);
    while (!isOver) {
      // Git gives its answers to a clock that stands: only what waits for the cluster may take time.
      if (said.length > 0) await clock.advance(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return serving;
  };
  return { client, said, put, run };
}

const ready = (status: string, message: string, reason = "X") => [
  { type: "Ready", status, message, reason, observedGeneration: 1 },
];

describe("a start whose machine and model are in the policy already", () => {
  test("proposes nothing, and tells where the model answers", async () => {
    const { said, put, run } = world();
    put({ conditions: ready("True", "It serves."), hosts: "this-machine" });
    expect(await run()).toBe("smollm2");
    expect(said[0]).toMatch(/^proposal: none: /);
    expect(said[1]).toMatch(/^model: smollm2 is ready on this-machine: /);
    expect(policy.refs("refs/heads/proposals/")).toEqual([]);
  });

  test("waits for a model that governance has not applied yet", async () => {
    const { client, put, run } = world();
    let looks = 0;
    client.beforeGet = () => {
      if (++looks > 5) put({ conditions: ready("True", "It serves."), hosts: "this-machine" });
    };
    expect(await run()).toBe("smollm2");
    expect(looks).toBeGreaterThan(5);
  });

  test("gives up on one that is never applied, and says whose work that is", async () => {
    const { run } = world();
    await expect(run()).rejects.toThrow("smollm2 cannot be served: governance has not applied it");
  });
});
