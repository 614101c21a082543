import { describe, expect, test } from "vitest";
import { condition } from "../../test/deployments/settled.ts";
import { digest, World } from "../../test/deployments/world.ts";
import { ModelError } from "../models/model-error.ts";
import type { Registry, RegistryModel } from "../models/registry.ts";
import { siteReference } from "../models/site-registry.ts";
import { modelInWords } from "./model-in-words.ts";
import { describeResolutionError } from "./resolution-error.ts";
import { createResolver } from "./resolver.ts";

const signal = AbortSignal.timeout(10_000);
const layer = { mediaType: "application/vnd.ollama.image.model", digest: digest("weights"), size: 7 };
const found = {
  ...{ digest: digest("manifest"), config: layer, layers: [layer], weights: layer },
  ...{ sizeBytes: 14, attachedBytes: 0, family: "llama" },
} as unknown as RegistryModel;

/** A registry that has the model and answers for its shape as told. */
function registryWhose(shape: Registry["shape"]): Registry {
  return { resolve: async (reference) => ({ ...found, reference }), shape };
}

const noFiles = () => Promise.reject(new Error("no files here"));

function deploymentOf(model: object) {
  const world = new World();
  return world.get(world.deploy("chat", { model }));
}

test("a model that another registry had is named as it was asked for, and says where it is pulled from", async () => {
  const site: Registry = {
    resolve: async (reference) => ({ ...found, reference: siteReference(reference, "registry.lan:5000") }),
    shape: () => Promise.resolve({ problem: new ModelError("Unreachable", "not now") }),
  };
  const model = (resolve: Registry) => createResolver(resolve, noFiles)(deploymentOf({ ollama: "tiny:1" }), signal);
  const name = "registry.ollama.ai/library/tiny:1";
  const there = await model(site);
  expect(there.model).toMatchObject({ reference: name, pulledFrom: "registry.lan:5000/library/tiny:1" });
  const own = await model(registryWhose(site.shape));
  expect(own.model).toMatchObject({ reference: name });
  expect(own.model.pulledFrom).toBeUndefined();
});

test("what is pinned is asked for, and what the site's registry has under the name is told where that fills itself", async () => {
  const pins: (string | undefined)[] = [];
  const atSite = digest("another");
  const site: Registry = {
    resolve: async (reference, _, pin) => {
      pins.push(pin);
      return { ...found, reference, ...(pin !== undefined && { atSite }) };
    },
    shape: () => Promise.resolve({ problem: new ModelError("Unreachable", "not now") }),
  };
  const resolve = createResolver(site, noFiles);
  const pinned = await resolve(deploymentOf({ ollama: "tiny:1", digest: digest("manifest") }), signal);
  expect(pinned.atSite).toBe(atSite);
  expect(await resolve(deploymentOf({ ollama: "tiny:1" }), signal)).not.toHaveProperty("atSite");
  expect(pins).toEqual([digest("manifest"), undefined]);
});

test("the head of content that is known is not fetched again; that of other content is", async () => {
  let looks = 0;
  const shape = async (): Promise<{ problem: ModelError }> => {
    looks++;
    return { problem: new ModelError("Unreachable", "not now") };
  };
  const facts = { architecture: "llama", blockCount: 2, embeddingLength: 64, headCount: 4, headCountKv: [2] };
  const knownAs = (of: string) => {
    const model = { reference: "registry.ollama.ai/library/tiny:1", digest: digest(of), source: "Registry" as const };
    return { ...deploymentOf({ ollama: "tiny:1" }), status: { model: { ...model, sizeBytes: 14, ...facts } } };
  };
  const resolve = createResolver(registryWhose(shape), noFiles);
  expect((await resolve(knownAs("manifest"), signal)).model).toMatchObject(facts);
  expect(looks).toBe(0);
  expect((await resolve(knownAs("another"), signal)).model.shapeProblem).toBe("not now");
  expect(looks).toBe(1);
});

describe("a model whose shape cannot be read", () => {
  const problem = new ModelError("Unreachable", "the registry's storage\u001b did not answer");

  test("is resolved, and says why memory is a rough guess", async () => {
    const resolve = createResolver(
      registryWhose(async () => ({ problem })),
      noFiles,
    );
    const { model } = await resolve(deploymentOf({ ollama: "tiny" }), signal);
    expect(model).toMatchObject({ architecture: "llama", shapeProblem: "the registry's storage\\x1b did not answer" });
    expect(modelInWords(model)).toMatch(/14 B: llama\. Its shape is not known yet: the registry's storage/);
  });

  test("and comes as files, says so too", async () => {
    const resolve = createResolver(
      registryWhose(async () => ({ problem })),
      () => Promise.reject(new ModelError("Refused", "the server gives no ranges")),
    );
    const file = { url: "https://example.org/a.gguf", sha256: "a".repeat(64), size: 1 };
    const { model } = await resolve(deploymentOf({ files: [file] }), signal);
    expect(modelInWords(model)).toBe("a.gguf, 1 B. Its shape is not known yet: the server gives no ranges");
  });

  test("loses the complaint once a host tells the shape", () => {
    const world = new World();
    world.addHost("host-a");
    world.facts = { shapeProblem: "the registry's storage did not answer" };
    const key = world.deploy("chat");
    world.hostTells = { architecture: "llama", blockCount: 2, embeddingLength: 8 };
    world.settle(key);
    expect(world.get(key).status?.model).toMatchObject({ architecture: "llama", blockCount: 2 });
    expect(world.get(key).status?.model?.shapeProblem).toBeUndefined();
    expect(condition(world, key, "Resolved")?.message).not.toContain("not known");
  });
});

test("`BadGguf` from the shape stalls with the reason UnsupportedModel: no host is given such a file", async () => {
  const bad = () => Promise.reject(new ModelError("BadGguf", "no GGUF model: its alignment is no power of two"));
  const refused = await createResolver(registryWhose(bad), noFiles)(deploymentOf({ ollama: "tiny" }), signal).catch(
    (error: unknown) => describeResolutionError(error),
  );
  const world = new World();
  const host = world.addHost("host-a");
  world.registryDown = { ...(refused as ReturnType<typeof describeResolutionError>), attempts: 1, retryAt: 8e15 };
  const key = world.deploy("chat");
  world.settle(key);
  const words = "no GGUF model: its alignment is no power of two";
  expect(condition(world, key, "Resolved")).toMatchObject({
    status: "False",
    reason: "UnsupportedModel",
    message: words,
  });
  expect(condition(world, key, "Stalled")).toMatchObject({ status: "True", reason: "UnsupportedModel" });
  expect(host.touched).toEqual([]);
});
