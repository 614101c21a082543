/** What people do by hand on a real Ollama, and what the operator makes of it: each time what is served is brought back, and nothing else is touched. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../operator/models/digest.ts";
import { startTestOllama } from "../control-plane/ollama.ts";
import { installCrds, workerControlPlane } from "../control-plane/test.ts";
import { createTinyModel } from "../control-plane/tiny-model.ts";
import { Community } from "../deployments/community.ts";
import { condition, servedOn } from "../deployments/test.ts";
import { tinyGguf } from "../models/tiny-gguf.ts";

const crds = join(import.meta.dirname, "../../manifests/crds");
const bytes = tinyGguf({ seed: 7 });
const files = [{ url: "https://example.org/tiny.gguf", sha256: digestOf(bytes).slice(7), size: bytes.length }];
const namespace = "by-hand";
const theirs = "somebody/elses:1";

let ollama: Awaited<ReturnType<typeof startTestOllama>>;
let community: Community;
let served = "";
let digest: string | undefined;

beforeAll(async () => {
  const plane = await workerControlPlane();
  [ollama] = await Promise.all([startTestOllama(), installCrds(plane, crds)]);
  await createTinyModel(ollama.url, theirs);
  community = new Community({ plane, namespace });
  community.files = async function* () {
    yield bytes;
  };
  await community.client.create(
    { version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false, group: "" },
    { metadata: { name: namespace } },
  );
  await community.addHostAt("real", ollama.url);
  community.start();
  await community.deploy("chat", { model: { files }, context: 512, system: "You answer in one sentence." });
  served = servedOn(await community.ready("chat"));
  digest = (await listed("tags")).get(served);
});

afterAll(async () => {
  await community?.remove("chat");
  await community?.until("chat", "gone", (deployment) => deployment === undefined);
  await community?.close();
  await ollama?.discard();
});

async function listed(path: "tags" | "ps"): Promise<Map<string, string>> {
  const answer = (await (await fetch(`${ollama.url}/api/${path}`)).json()) as { models: Model[] };
  return new Map(answer.models.map(({ name, digest: claimed }) => [name, claimed]));
}

interface Model {
  readonly name: string;
  readonly digest: string;
}

async function byHand(method: "POST" | "DELETE", path: string, body: object): Promise<void> {
  const answer = await fetch(`${ollama.url}/api/${path}`, { method, body: JSON.stringify({ ...body, stream: false }) });
  expect([path, answer.status, await answer.text()]).toEqual([path, 200, expect.anything()]);
}

interface Held {
  readonly digest: string | undefined;
  readonly theirs: boolean;
  readonly loaded: number;
}

async function held(): Promise<Held> {
  const [tags, ps] = await Promise.all([listed("tags"), listed("ps")]);
  return { digest: tags.get(served), theirs: tags.has(theirs), loaded: ps.size };
}

describe("on a real Ollama, a served model", () => {
  const hands: Record<string, () => Promise<void>> = {
    "pushed out of memory is loaded again": () => byHand("POST", "generate", { model: served, keep_alive: 0 }),
    "deleted is made again": () => byHand("DELETE", "delete", { model: served }),
    "overwritten is made again as it was": () =>
      byHand("POST", "create", { model: served, from: theirs, system: "You are somebody else." }),
    "whose server was restarted is loaded again": () => ollama.restart(),
  };
  for (const [sentence, doIt] of Object.entries(hands)) {
    test(`${sentence}, and the owner's own model stays`, async () => {
      const before = (await community.get("chat"))?.metadata.resourceVersion;
      await doIt();
      await community.until("chat", "noticed", (deployment) => deployment?.metadata.resourceVersion !== before);
      await community.ready("chat");
      await expect.poll(held).toEqual({ digest, theirs: true, loaded: 1 });
    });
  }

  test("from files has no tag, and nobody is told of one", async () => {
    const deployment = await community.get("chat");
    expect(condition(deployment, "UpdateAvailable")).toMatchObject({ status: "False", reason: "PinnedByContent" });
    for (const { message } of deployment?.status?.conditions ?? []) expect(message).not.toMatch(/\btag (points|moved)/);
  });
});
