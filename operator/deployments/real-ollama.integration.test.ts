/** What only the real Ollama can prove: which runner answers for which model, and that settings change without a gap. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { startTestOllama } from "../../test/control-plane/ollama.ts";
import { installCrds, test, workerControlPlane } from "../../test/control-plane/test.ts";
import { Community } from "../../test/deployments/community.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { digestOf } from "../models/digest.ts";

const crds = join(import.meta.dirname, "../../manifests/crds");
const bytes = tinyGguf();
const files = [{ url: "https://example.org/tiny.gguf", sha256: digestOf(bytes).slice(7), size: bytes.length }];

let ollama: Awaited<ReturnType<typeof startTestOllama>>;

beforeAll(async () => {
  [ollama] = await Promise.all([startTestOllama(), workerControlPlane().then((plane) => installCrds(plane, crds))]);
});

afterAll(() => ollama?.discard());

async function names(path: "tags" | "ps"): Promise<string[]> {
  const answer = (await (await fetch(`${ollama.url}/api/${path}`)).json()) as { models: { name: string }[] };
  return answer.models.map(({ name }) => name).toSorted();
}

describe("on a real Ollama", () => {
  test("a model from a file is made, loaded, proven; settings change without a gap; deleted, it is gone", async ({
    plane,
    namespace,
  }) => {
    const community = new Community({ plane, namespace });
    try {
      community.files = async function* () {
        yield bytes;
      };
      await community.addHostAt("real", ollama.url);
      community.start();
      await community.deploy("one", { model: { files }, context: 512 });
      const one = await community.ready("one");
      expect(one.status?.model).toMatchObject({ architecture: "llama", blockCount: 1, embeddingLength: 64 });

      await community.change("one", { system: "You answer in one sentence." });
      let gap = false;
      await community.until("one", "changed", (deployment) => {
        gap ||= deployment?.status?.readyReplicas === 0;
        const { state, observedGeneration } = deployment?.status ?? {};
        return state === "Ready" && observedGeneration === 2;
      });
      expect(gap).toBe(false);

      await community.deploy("two", { model: { files }, context: 512, system: "You answer at length." });
      await community.ready("two");
      expect(await names("ps")).toHaveLength(1);
      await community.remove("one");
      await community.until("one", "gone", (deployment) => deployment === undefined);
      const two = await community.ready("two");
      const part = two.status?.replicas?.[0]?.hosts[0];
      expect(await names("tags")).toEqual([part?.base, part?.model].toSorted());
      await community.remove("two");
      await community.until("two", "gone", (deployment) => deployment === undefined);
      expect(await names("tags")).toEqual([]);
      // Ollama says that it unloads before it has.
      await expect.poll(() => names("ps")).toEqual([]);
    } finally {
      await community.close();
    }
  });
});
