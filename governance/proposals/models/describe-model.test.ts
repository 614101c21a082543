import { describe, expect, test } from "vitest";
import type { Fetcher } from "../../../operator/addresses/fetcher.ts";
import type { ModelSource } from "../../../operator/apis/model-deployment.ts";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { digestOf } from "../../../operator/models/digest.ts";
import { ModelError } from "../../../operator/models/model-error.ts";
import { fetcherFor, serve } from "../../../test/doubles/web/server.ts";
import { config, gguf, honest, layer, manifest, part } from "../../../test/models/registry-bench.ts";
import { createDescribeModel } from "./describe-model.ts";
import type { DescribeModel } from "./description.ts";
import { rememberedDescriptions } from "./remembered.ts";

const never = new AbortController().signal;

/** The bench's model with a licence among its layers; undefined: without. */
async function registryWith(licence: string | undefined, serveLicence = true) {
  const bytes = Buffer.from(licence ?? "");
  const withLicence = { ...JSON.parse(manifest) };
  if (licence !== undefined) withLicence.layers = [...withLicence.layers, layer(bytes, "license")];
  const played = await serve(
    honest((path, _, response) => {
      if (path === "/v2/library/tiny/manifests/latest") response.end(JSON.stringify(withLicence));
      else if (licence !== undefined && path.endsWith(digestOf(bytes))) {
        if (serveLicence) response.end(bytes);
        else response.writeHead(500).end();
      } else return false;
      return true;
    }),
  );
  const options = { fetcher: fetcherFor(["127.0.0.1"]), clock: new ManualClock(), insecureHosts: [played.host] };
  const describeModel = createDescribeModel(options);
  const source: ModelSource = { ollama: `${played.host}/library/tiny:latest` };
  return {
    ask: (more: Partial<ModelSource> = {}) => describeModel({ ...source, ...more }, never),
    served: digestOf(JSON.stringify(withLicence)),
  };
}

describe("of a registry's model it is said", () => {
  test("how large it is, what it is and under which licence", async () => {
    const apache = "  Apache License\n  Version 2.0, January 2004\n\nTERMS …";
    const { ask, served } = await registryWith(apache);
    expect(await ask()).toMatchObject({
      reference: expect.stringMatching(/^127\.0\.0\.1:\d+\/library\/tiny:latest$/),
      source: "Registry",
      digest: served,
      bytes: gguf.length + config.length + 13 + Buffer.byteLength(apache),
      attachedBytes: 0,
      shape: { architecture: "llama", blockCount: 1 },
      licence: "Apache License, Version 2.0, January 2004",
    });
  });

  test.each([
    ["one line of it", "MIT License\n\nPermission is …", "MIT License"],
    ["it without what a terminal obeys", "\u001b[31mMine\u202e", "\\x1b[31mMine\\u{202e}"],
    ["its beginning, where that is long", "x".repeat(500), `${"x".repeat(119)}…`],
  ])("of the licence %s", async (_, text, licence) => {
    const { ask } = await registryWith(text);
    expect((await ask()).licence).toBe(licence);
  });

  test.each([
    ["without a licence among its layers", undefined, true],
    ["with an empty one", " \n ", true],
    ["with one that the registry does not give", "MIT", false],
  ])("nothing of the licence %s, and the rest all the same", async (_, text, isServed) => {
    const { ask } = await registryWith(text, isServed);
    const description = await ask();
    expect(description).not.toHaveProperty("licence");
    expect(description.bytes).toBeGreaterThan(gguf.length);
  });

  test("that adapters come on top", async () => {
    const { ask } = await registryWith(undefined);
    const adapters = [{ url: "https://a.example/l.gguf", sha256: "a".repeat(64), size: 1_000 }];
    const [plain, adapted] = [await ask(), await ask({ adapters })];
    expect(adapted.bytes - plain.bytes).toBe(1_000);
    expect(adapted.attachedBytes).toBe(1_000);
  });

  test("nothing, where the registry now has something else than is pinned", async () => {
    const { ask, served } = await registryWith(undefined);
    await expect(ask({ digest: served })).resolves.toMatchObject({ digest: served });
    await expect(ask({ digest: `sha256:${"0".repeat(64)}` })).rejects.toThrow(
      `is ${served} in its registry now, and sha256:${"0".repeat(64)} is pinned: nothing can be said of what is pinned`,
    );
  });

  test("what the site's own registry has of it, under the model's own name", async () => {
    const played = await serve(honest(() => false));
    const registries = { fetcher: fetcherFor(["127.0.0.1"]), clock: new ManualClock(), insecureHosts: [played.host] };
    const describeModel = createDescribeModel({ ...registries, siteRegistry: played.host });
    expect(await describeModel({ ollama: "tiny" }, never)).toMatchObject({
      reference: "registry.ollama.ai/library/tiny:latest",
      digest: digestOf(manifest),
    });
  });

  test("why nothing is known, where there is no such model", async () => {
    const { ask } = await registryWith(undefined);
    await expect(ask({ ollama: "127.0.0.1:1/library/other" })).rejects.toThrow(ModelError);
  });
});

/** Answers by URL, without a network. */
function answering(answers: Record<string, { status?: number; body: string }>): Fetcher & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async open(url) {
      asked.push(String(url));
      const { status = 200, body } = answers[String(url)] ?? { status: 404, body: "" };
      const bytes = Buffer.from(body);
      async function* stream() {
        yield bytes;
      }
      const content = Object.assign(stream(), { bytes: async () => bytes, text: async () => body, discard: () => {} });
      return { status, headers: {}, body: content, finalUrl: new URL(String(url)) };
    },
    close: async () => {},
  };
}

describe("of a repository at Hugging Face", () => {
  const page = "https://huggingface.co/api/models/owner/name?expand%5B%5D=tags";
  const weights = layer(Buffer.from("weights"), "model");
  const files = {
    "https://hf.co/v2/owner/name/manifests/Q4_K_M": {
      body: JSON.stringify({ config: { ...layer(config, "config") }, layers: [weights] }),
    },
    [`https://hf.co/v2/owner/name/blobs/${digestOf(config)}`]: { body: config.toString() },
  };
  const source: ModelSource = { huggingFace: { repo: "owner/name", quantization: "Q4_K_M" } };
  const ask = (answer: { status?: number; body: string }) => {
    const fetcher = answering({ ...files, [page]: answer });
    return createDescribeModel({ fetcher, clock: new ManualClock() })(source, never);
  };

  test("the licence is the tag of its page", async () => {
    const description = await ask({ body: JSON.stringify({ tags: ["gguf", "license:apache-2.0"] }) });
    expect(description).toMatchObject({ reference: "hf.co/owner/name:Q4_K_M", licence: "apache-2.0" });
  });

  test.each([
    ["no licence", { body: '{"tags": ["gguf", 3]}' }],
    ["no tags", { body: "[]" }],
    ["no JSON", { body: "<html>" }],
    ["no page", { status: 404, body: "" }],
  ])("nothing is said where the page has %s", async (_, answer) => {
    expect(await ask(answer)).not.toHaveProperty("licence");
  });
});

describe("of files", () => {
  const file = (url: string) => ({ url, sha256: digestOf(gguf).slice(7), size: gguf.length });

  test("size and shape are known from their heads", async () => {
    const { origin } = await serve((request, response) => part(gguf, request, response));
    const describeModel = createDescribeModel({ fetcher: fetcherFor(["127.0.0.1"]), clock: new ManualClock() });
    expect(await describeModel({ files: [file(`${origin}/tiny.gguf`)] }, never)).toMatchObject({
      reference: expect.stringMatching(/^a file with the pin sha256:[0-9a-f]{64}$/),
      source: "Files",
      bytes: gguf.length,
      shape: { architecture: "llama" },
    });
  });

  test("the size alone where the server gives no parts of files", async () => {
    const { origin } = await serve((_, response) => response.writeHead(418).end());
    const describeModel = createDescribeModel({ fetcher: fetcherFor(["127.0.0.1"]), clock: new ManualClock() });
    const description = await describeModel({ files: [file(`${origin}/a.gguf`), file(`${origin}/b.gguf`)] }, never);
    expect(description).toMatchObject({
      bytes: 2 * gguf.length,
      reference: expect.stringMatching(/^2 files with the pin/),
    });
    expect(description).not.toHaveProperty("shape");
  });

  test("nothing where they cannot be had", async () => {
    const describeModel = createDescribeModel({ fetcher: answering({}), clock: new ManualClock() });
    await expect(describeModel({ files: [file("https://a.example/x.gguf")] }, never)).rejects.toThrow(
      "there is no file",
    );
  });
});

describe("what was said a moment ago", () => {
  const source: ModelSource = { ollama: "tiny" };
  const counting = (answer: () => Awaited<ReturnType<DescribeModel>>) => {
    let asked = 0;
    const clock = new ManualClock();
    const describeModel = rememberedDescriptions(async () => {
      asked++;
      return answer();
    }, clock);
    return { clock, describeModel, asked: () => asked };
  };
  const description = { reference: "tiny", source: "Registry", digest: "d", bytes: 1, attachedBytes: 0 } as const;

  test("is not asked for again, until it is old", async () => {
    const { clock, describeModel, asked } = counting(() => description);
    await describeModel(source, never);
    await describeModel({ ...source }, never);
    expect(asked()).toBe(1);
    await describeModel({ ollama: "other" }, never);
    expect(asked()).toBe(2);
    await clock.advance(16 * 60_000);
    await describeModel(source, never);
    expect(asked()).toBe(3);
  });

  test("is remembered for less long where it was a failure", async () => {
    const { clock, describeModel, asked } = counting(() => {
      throw new ModelError("Unreachable", "it is away");
    });
    await expect(describeModel(source, never)).rejects.toThrow("it is away");
    await expect(describeModel(source, never)).rejects.toThrow("it is away");
    expect(asked()).toBe(1);
    await clock.advance(3 * 60_000);
    await expect(describeModel(source, never)).rejects.toThrow("it is away");
    expect(asked()).toBe(2);
  });

  test("is not remembered where the question was given up", async () => {
    const given = AbortSignal.abort(new Error("enough"));
    const { describeModel, asked } = counting(() => {
      throw new ModelError("Unreachable", "it is away");
    });
    await expect(describeModel(source, given)).rejects.toThrow("enough");
    await expect(describeModel(source, never)).rejects.toThrow("it is away");
    expect(asked()).toBe(2);
  });
});
