/** Copies from one real registry into another, with every fault of a thin line between them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startTestOllama } from "../../test/control-plane/ollama.ts";
import type { RegistryRequest } from "../../test/doubles/registry/faults.ts";
import { type LibraryDouble, startLibraryDouble } from "../../test/doubles/registry/library.ts";
import { pushManifest } from "../../test/doubles/registry/push.ts";
import { Site } from "../../test/site-registry/site.ts";
import type { Digest } from "../models/digest.ts";
import { type CopyTools, copyModel } from "./copy.ts";
import type { Wanted } from "./wanted.ts";

const never = new AbortController().signal;

let site: Site;
let made = 0;

beforeAll(async () => {
  site = await Site.start();
});
afterEach(() => site.heal());
afterAll(() => site?.end());

function copy(wanted: Wanted, more: Partial<CopyTools> = {}, signal = never): Promise<Digest> {
  return copyModel(wanted, join(site.folder, wanted.there.model), site.tools(more), signal);
}

async function fresh(shape: object = {}, more: object = {}) {
  const name = `m${++made}`;
  const pushed = await site.push(name, { seed: 1_000 + made, ...shape }, more);
  return { name, pushed, wanted: site.wanted(name, pushed.digest) };
}

const getsOf =
  (digest: string) =>
  ({ method, path }: RegistryRequest): boolean =>
    method === "GET" && path.endsWith(digest);
/** The download itself; what comes before it is a look at the head, by a range with an end. */
const downloads = (digest: string) => (request: RegistryRequest) =>
  getsOf(digest)(request) && !/-\d+$/.test(request.range ?? "");

describe("a model that is copied", () => {
  test("is there byte by byte as its own registry serves it, and nothing is left in parts", async () => {
    const { name, pushed, wanted } = await fresh({}, { layers: { template: "{{ .Prompt }}", license: "MIT" } });
    expect(await copy(wanted)).toBe(pushed.digest);
    const served = await fetch(`${site.source.origin}/v2/library/${name}/manifests/1`, {
      headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" },
    });
    expect(await site.has(wanted)).toEqual({ digest: pushed.digest, bytes: Buffer.from(await served.arrayBuffer()) });
    expect(site.staged(wanted.there.model)).toEqual([]);
    expect(site.fetchedBytes).toBeGreaterThan(280_000);
  });

  test("has its manifest last, after every blob", async () => {
    const { wanted } = await fresh({}, { layers: { template: "x" } });
    await copy(wanted);
    const writes = site.pushes.requests.filter(({ method }) => method === "PUT").map(({ path }) => path);
    expect(writes).toHaveLength(4);
    expect(writes.findIndex((path) => path.includes("/manifests/"))).toBe(3);
  });

  test("is not fetched again where its blobs are there already", async () => {
    const { name, pushed, wanted } = await fresh();
    await copy(wanted);
    await pushManifest(site.source.origin, `library/${name}`, "2", await manifestOf(name));
    site.heal();
    const again = { ...wanted, there: { ...wanted.there, tag: "2" }, reference: { ...wanted.reference, tag: "2" } };
    expect(await copy(again)).toBe(pushed.digest);
    expect(site.proxy.requests.filter(downloads(pushed.weights))).toEqual([]);
    expect(site.pushes.requests.filter(({ method }) => method === "POST")).toEqual([]);
  });

  test("takes the place of what was under its tag", async () => {
    const old = await fresh();
    await copy(old.wanted);
    const { digest } = await site.push(old.name, { seed: 9_999 });
    await copy({ ...old.wanted, digests: [digest] });
    expect(await site.has(old.wanted)).toMatchObject({ digest });
  });

  async function manifestOf(name: string): Promise<string> {
    const headers = { accept: "application/vnd.docker.distribution.manifest.v2+json" };
    return (await fetch(`${site.source.origin}/v2/library/${name}/manifests/1`, { headers })).text();
  }
});

describe("a line that is thin", () => {
  test("and cut in the middle of a blob is gone on from where it was", async () => {
    const { pushed, wanted } = await fresh({ layers: 4 });
    site.proxy.lay({ match: downloads(pushed.weights), times: 1, act: { kind: "cut", afterBytes: 200_000 } });
    await copy(wanted);
    const [first, second] = site.proxy.requests.filter(downloads(pushed.weights)).map(({ range }) => range);
    expect([first, second]).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    expect(await site.has(wanted)).toMatchObject({ digest: pushed.digest });
  });

  test("is gone on from by another process, which compares the whole", async () => {
    const { pushed, wanted } = await fresh({ layers: 4 });
    const abort = new AbortController();
    const stopping = copy(wanted, { onFetched: () => abort.abort(new Error("killed")) }, abort.signal);
    await expect(stopping).rejects.toThrow("killed");
    const part = `${pushed.weights.slice(7)}.part`;
    expect(site.staged(wanted.there.model)).toEqual([part]);
    const before = readFileSync(join(site.folder, wanted.there.model, part)).length;
    expect(before).toBeGreaterThan(0);
    site.heal();
    await copy(wanted);
    const [{ range }] = site.proxy.requests.filter(downloads(pushed.weights)) as [RegistryRequest];
    expect(range).toBe(`bytes=${before}-`);
    expect(await site.has(wanted)).toMatchObject({ digest: pushed.digest });
  });

  test.each<[string, { kind: "answer"; status: number; headers?: Record<string, string> }]>([
    ["that answers 429 with a wait", { kind: "answer", status: 429, headers: { "retry-after": "1" } }],
    ["that answers 500", { kind: "answer", status: 500 }],
    ["that answers 503 with a wait", { kind: "answer", status: 503, headers: { "retry-after": "1" } }],
  ])("%s once is asked again", async (_, act) => {
    const { pushed, wanted } = await fresh();
    site.proxy.lay({ match: downloads(pushed.weights), times: 1, act });
    await copy(wanted);
    expect(await site.has(wanted)).toMatchObject({ digest: pushed.digest });
  });

  test("that wants to be left alone for an hour is left, and the hour is told", async () => {
    const { pushed, wanted } = await fresh();
    const headers = { "retry-after": "3600" };
    site.proxy.lay({ match: downloads(pushed.weights), act: { kind: "answer", status: 429, headers } });
    await expect(copy(wanted)).rejects.toMatchObject({ code: "TooManyRequests", retryAfterMs: 3_600_000 });
    expect(site.proxy.requests.filter(downloads(pushed.weights))).toHaveLength(1);
  });

  test("that is slow is waited for", async () => {
    const { pushed, wanted } = await fresh();
    site.proxy.lay({ match: downloads(pushed.weights), act: { kind: "slow", bytesPerSecond: 400_000 } });
    await copy(wanted);
    expect(await site.has(wanted)).toMatchObject({ digest: pushed.digest });
  });

  test("behind which a server knows no ranges begins anew", async () => {
    const { pushed, wanted } = await fresh({ layers: 4 });
    site.proxy.lay({ match: downloads(pushed.weights), act: { kind: "ignore-range" } });
    site.proxy.lay({ match: downloads(pushed.weights), times: 1, act: { kind: "cut", afterBytes: 200_000 } });
    await copy(wanted);
    expect(await site.has(wanted)).toMatchObject({ digest: pushed.digest });
  });
});

describe("refused, and nothing of it is in the site's registry:", () => {
  async function refuses(wanted: Wanted, weights: string, words: RegExp): Promise<void> {
    await expect(copy(wanted)).rejects.toThrow(words);
    expect(await site.has(wanted)).toBeUndefined();
    expect(await site.hasBlob(wanted, weights)).toBe(false);
  }

  test("weights that were changed on the way, which are thrown away", async () => {
    const { pushed, wanted } = await fresh();
    const changed = downloads(pushed.weights);
    site.proxy.lay({ match: changed, act: { kind: "flip", atByte: 250_000 } });
    await refuses(
      wanted,
      pushed.weights,
      /came as sha256:\w+ and should be sha256:\w+: the registry or the way to it is damaged/,
    );
    expect(site.staged(wanted.there.model)).toEqual([]);
    site.proxy.heal();
    await copy(wanted);
    expect(await site.has(wanted)).toMatchObject({ digest: pushed.digest });
  });

  test("a part from before that somebody changed", async () => {
    const { pushed, wanted } = await fresh();
    const abort = new AbortController();
    const stopping = copy(wanted, { onFetched: () => abort.abort(new Error("killed")) }, abort.signal);
    await expect(stopping).rejects.toThrow("killed");
    const part = join(site.folder, wanted.there.model, `${pushed.weights.slice(7)}.part`);
    const bytes = readFileSync(part);
    bytes[0]! ^= 1;
    writeFileSync(part, bytes);
    await refuses(wanted, pushed.weights, /came as sha256:\w+ and should be/);
  });

  test("other content than was decided", async () => {
    const { name, pushed } = await fresh();
    const wanted = site.wanted(name, `sha256:${"0".repeat(64)}`);
    await refuses(wanted, pushed.weights, /:1 is sha256:\w+ in its registry now, and sha256:0+ is wanted: .* bundle/);
    expect(site.proxy.requests.filter(downloads(pushed.weights))).toEqual([]);
  });

  test("a header that would end a host, before its weights are fetched", async () => {
    const { pushed, wanted } = await fresh({ keys: { "llama.block_count": { u32: 0 } } });
    await refuses(wanted, pushed.weights, /llama\.block_count/);
    expect(site.proxy.requests.filter(downloads(pushed.weights))).toEqual([]);
  });

  test("such a header of a server that shows another one beforehand", async () => {
    const good = await fresh();
    const { pushed, wanted } = await fresh({ keys: { "llama.block_count": { u32: 0 } } });
    const url = `${site.source.origin}/v2/library/${good.name}/blobs/${good.pushed.weights}`;
    const body = Buffer.from(await (await fetch(url)).arrayBuffer()) as unknown as string;
    const act = { kind: "answer", status: 200, body } as const;
    site.proxy.lay({ match: getsOf(pushed.weights), times: 1, act });
    await refuses(wanted, pushed.weights, /llama\.block_count/);
    expect(site.staged(wanted.there.model)).toEqual([]);
  });

  test("a stub whose prompts would go to another machine", async () => {
    const { pushed, wanted } = await fresh({}, { config: { remote_host: "https://cloud.example" } });
    await refuses(wanted, pushed.weights, /prompts would leave the community's/);
  });

  test("a container image, and a name that does not exist", async () => {
    const index = JSON.stringify({ schemaVersion: 2, mediaType: "x", manifests: [] });
    const type = "application/vnd.oci.image.index.v1+json";
    await pushManifest(site.source.origin, "library/image", "1", index.replace('"x"', `"${type}"`), type);
    const wanted = site.wanted("image", `sha256:${"0".repeat(64)}`);
    await expect(copy(wanted)).rejects.toThrow(/image/);
    await expect(copy(site.wanted("none", `sha256:${"0".repeat(64)}`))).rejects.toMatchObject({ code: "NotFound" });
  });

  test("a model for which the disk has no room, with numbers and before it is fetched", async () => {
    const { pushed, wanted } = await fresh();
    const tools = { freeBytes: () => Promise.resolve(300_000), spareBytes: 1_000 };
    await expect(copy(wanted, tools)).rejects.toMatchObject({
      code: "NoRoom",
      message: expect.stringMatching(
        /needs \d.* of the disk of the site's registry .* are free: make its volume larger/,
      ),
    });
    expect(site.proxy.requests.filter(downloads(pushed.weights))).toEqual([]);
  });
});

describe("a site's registry that does not take a model is told:", () => {
  const writes = ({ method }: RegistryRequest): boolean => method === "PUT" || method === "POST";
  test.each<[string, () => void, object]>([
    [
      "its disk is full",
      () =>
        site.pushes.lay({
          match: ({ method }) => method === "PUT",
          act: { kind: "answer", status: 500, body: "write: no space left on device" },
        }),
      { code: "NoRoom" },
    ],
    [
      "it can only be read",
      () => site.pushes.lay({ match: writes, act: { kind: "answer", status: 405 } }),
      { code: "ReadOnly" },
    ],
    ["it is away", () => site.pushes.lay({ act: { kind: "reset" } }), { code: "Away" }],
    [
      "it answers nonsense",
      () => site.pushes.lay({ match: writes, act: { kind: "answer", status: 418 } }),
      { code: "Refused" },
    ],
  ])("%s, and the next try goes on", async (_, lay, error) => {
    const { pushed, wanted } = await fresh();
    lay();
    await expect(copy(wanted)).rejects.toMatchObject(error);
    expect(await site.has(wanted)).toBeUndefined();
    site.heal();
    await copy(wanted);
    expect(await site.has(wanted)).toMatchObject({ digest: pushed.digest });
  });
});

describe("a registry that does what Ollama's library does", () => {
  let library: LibraryDouble;
  beforeAll(async () => {
    library = await startLibraryDouble(site.source.origin);
  });
  afterAll(() => library?.close());

  test("is copied from, and a real Ollama pulls the copy with the digest that it serves", async () => {
    const { name, pushed } = await fresh();
    const wanted = site.wanted(name, pushed.digest, library.host);
    await copy(wanted, { registryOptions: { insecureHosts: [library.host] } as never });
    expect(library.requests).toContain(`store GET /v2/library/${name}/blobs/${pushed.weights}`);
    const ollama = await startTestOllama();
    try {
      for (const from of [
        `${library.host}/library/${name}:1`,
        wanted.key.replace(site.pushes.host, site.registry.host),
      ]) {
        const body = JSON.stringify({ model: from, insecure: true, stream: false });
        const pulled = await fetch(`${ollama.url}/api/pull`, { method: "POST", body });
        expect(await pulled.json(), from).toEqual({ status: "success" });
      }
      const { models } = (await (await fetch(`${ollama.url}/api/tags`)).json()) as { models: { digest: string }[] };
      expect(models.map((one) => `sha256:${one.digest}`)).toEqual([pushed.digest, pushed.digest]);
    } finally {
      await ollama.discard();
    }
  });
});
