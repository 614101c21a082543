/** Bundles made from real registries, carried as folders, and put into a real registry that a real Ollama pulls from. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { extract } from "tar";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { createFetcher } from "../../operator/addresses/fetcher.ts";
import { createAddressPolicy } from "../../operator/addresses/policy.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { parseReference } from "../../operator/models/reference.ts";
import { createRegistry } from "../../operator/models/registry.ts";
import { siteFirst } from "../../operator/models/site-registry.ts";
import { startTestOllama } from "../../test/control-plane/ollama.ts";
import { scratchDirectory } from "../../test/control-plane/scratch.ts";
import { type RegistryProxy, startRegistryProxy } from "../../test/doubles/registry/proxy.ts";
import { type PushedModel, pushModel } from "../../test/doubles/registry/push.ts";
import { pushImage } from "../../test/doubles/registry/push-image.ts";
import { type StartedRegistry, startTestRegistry } from "../../test/doubles/registry/start.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { programPath } from "../../test/programs/program-path.ts";
import { run, tryRun } from "../../test/programs/run.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { type CreateOptions, createBundle } from "./create.ts";
import { pushModels } from "./push.ts";
import { checkSums } from "./sums.ts";

const chart = join(import.meta.dirname, "../../charts/commonhold");
const never = new AbortController().signal;

let source: StartedRegistry;
let proxy: RegistryProxy;
let site: StartedRegistry;
let sitePushes: RegistryProxy;
let said: string[];
let folder: string;
let small: PushedModel;

beforeAll(async () => {
  [source, site] = await Promise.all([startTestRegistry(), startTestRegistry()]);
  proxy = await startRegistryProxy(source.origin);
  sitePushes = await startRegistryProxy(site.origin);
  small = await pushModel(source.origin, { repository: "library/small", tag: "1", gguf: tinyGguf({ seed: 7 }) });
});
beforeEach(() => {
  said = [];
  folder = join(scratchDirectory("bundle"), "ours");
});
afterEach(() => {
  for (const one of [proxy, sitePushes]) {
    one.heal();
    one.forget();
  }
});
afterAll(async () => {
  await Promise.all([proxy, sitePushes].map((one) => one?.close()));
  await Promise.all([source, site].map((one) => one?.discard()));
});

function around(): Surroundings {
  return { env: process.env, cwd: "/", clock: systemClock, signal: never, say: (...lines) => void said.push(...lines) };
}

const name = (): string => `${proxy.host}/library/small:1`;

function make(options: Partial<CreateOptions> = {}) {
  const defaults = {
    to: folder,
    models: [name()],
    values: [],
    platforms: ["linux/amd64"],
    insecureRegistries: [proxy.host],
  };
  return createBundle({ ...defaults, crane: () => programPath("crane"), ...options }, around());
}

const check = () => checkSums(folder, never);
const push = (to = sitePushes.origin) => pushModels(folder, new URL(to), around());
const blobsIn = (): string[] => {
  const blobs = join(folder, "models/blobs/sha256");
  return existsSync(blobs) ? readdirSync(blobs) : [];
};

function spoil(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
}

describe("models of a bundle", () => {
  test("arrive at another site under their own name, with the digest that was pinned, and run there", async () => {
    await make();
    await push();
    const policy = createAddressPolicy({ allow: ["127.0.0.1"] });
    const fetcher = createFetcher({ policy });
    const ollama = await startTestOllama();
    try {
      const registries = createRegistry({ fetcher, clock: systemClock, insecureHosts: [site.host] });
      const { reference, digest } = await siteFirst(registries, site.host).resolve(parseReference(name()));
      expect(digest).toBe(small.digest);
      const model = `${reference.host}/${reference.namespace}/${reference.model}:${reference.tag}`;
      expect(model).toBe(`${site.host}/${proxy.host.replace(/[.:]/g, "-")}--library/small:1`);
      const pull = { method: "POST", body: JSON.stringify({ model, insecure: true, stream: false }) };
      expect(await (await fetch(`${ollama.url}/api/pull`, pull)).json()).toEqual({ status: "success" });
      const { models } = (await (await fetch(`${ollama.url}/api/tags`)).json()) as { models: { digest: string }[] };
      expect(models.map((one) => `sha256:${one.digest}`)).toEqual([small.digest]);
    } finally {
      await Promise.all([ollama.discard(), fetcher.close()]);
    }
  });

  test("can be checked by a program that every system has, and named from what lies beside them", async () => {
    await make();
    expect(await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: folder })).not.toContain("FAILED");
    expect(await check()).toBeGreaterThan(4);
    const readme = readFileSync(join(folder, "README.txt"), "utf8");
    expect(readme).toContain(`  ${name()}`);
    expect(readme).toContain(`digest: ${small.digest}`);
    expect(readme).not.toContain("helm install");
  });

  test("are sent once: what the registry has already is not sent again", async () => {
    await make();
    await push();
    sitePushes.forget();
    await push();
    expect(sitePushes.requests.filter(({ method }) => method === "POST")).toEqual([]);
  });

  test("can be added to later, and what is there already is not fetched again", async () => {
    await make();
    const gguf = tinyGguf({ seed: 8 });
    await pushModel(source.origin, { repository: "library/second", tag: "1", gguf });
    proxy.forget();
    const { models } = await make({ models: [name(), `${proxy.host}/library/second:1`] });
    expect(models.map(({ reference }) => reference)).toEqual([name(), `${proxy.host}/library/second:1`]);
    const fetched = proxy.requests.filter(({ path }) => path.includes("library/small/blobs"));
    // Resolving reads the small config and the head of the weights each time; the weights stay where they are.
    expect(fetched.map(({ range }) => range === undefined)).toEqual([true, false]);
    await check();
  });

  test("that are cut in the middle go on where they were", async () => {
    const gguf = tinyGguf({ seed: 9, layers: 4 });
    await pushModel(source.origin, { repository: "library/cut", tag: "1", gguf });
    const weights = (method: string, path: string) => method === "GET" && path.includes("library/cut/blobs");
    let seen = 0;
    // The config, the head of the weights, and then the weights.
    proxy.lay({
      match: ({ method, path }) => weights(method, path) && ++seen === 3,
      act: { kind: "cut", afterBytes: 20_000 },
    });
    await make({ models: [`${proxy.host}/library/cut:1`] });
    const ranges = proxy.requests.filter(({ method, path }) => weights(method, path)).map(({ range }) => range);
    expect(ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-$/);
    await check();
  });

  test("that are damaged on the way are thrown away, and nothing is taken for whole", async () => {
    proxy.lay({ match: small.weights, act: { kind: "flip", atByte: 200_000 } });
    await expect(make()).rejects.toThrow(/a layer came as sha256:\w+ and should be sha256:\w+: .* thrown away/);
    expect(blobsIn().filter((file) => file.endsWith(".part"))).toEqual([]);
    await expect(check()).rejects.toThrow(/is no whole bundle: .*SHA256SUMS.* make the bundle again/);
    proxy.heal();
    await make();
    await check();
  });

  test("whose header would end a host are in no bundle, whatever their registry showed beforehand", async () => {
    const gguf = tinyGguf({ seed: 11, keys: { "llama.block_count": { u32: 0 } } });
    const { weights } = await pushModel(source.origin, { repository: "library/hazard", tag: "1", gguf });
    const models = [`${proxy.host}/library/hazard:1`];
    await expect(make({ models })).rejects.toThrow(/llama\.block_count/);
    expect(blobsIn()).toEqual([]);
    // Nothing is shown of the head; the file as it came is looked at.
    const isHead = ({ path, range }: { path: string; range: string | undefined }) =>
      path.endsWith(weights) && /-\d+$/.test(range ?? "");
    proxy.lay({ match: isHead, act: { kind: "answer", status: 416 } });
    await expect(make({ models })).rejects.toThrow(/llama\.block_count/);
    expect(blobsIn()).not.toContain(weights.slice("sha256:".length));
    await expect(check()).rejects.toThrow(/is no whole bundle/);
  });

  test("are asked for again where their registry fails for a moment; one that does not exist is named", async () => {
    proxy.lay({ match: small.weights, times: 2, act: { kind: "reset" } });
    await make();
    await check();
    await expect(make({ models: [`${proxy.host}/library/none:1`] })).rejects.toThrow(/library\/none:1/);
  });

  test("with a pin are those and no others", async () => {
    await make({ models: [`${name()}@${small.digest}`] });
    const other = `sha256:${"0".repeat(64)}`;
    await expect(make({ models: [`${name()}@${other}`] })).rejects.toThrow(
      `is ${small.digest} in its registry now, and ${other} was asked for`,
    );
    await expect(make({ models: [`${name()}@latest`] })).rejects.toThrow(/is no model: write its name, and after an @/);
  });
});

describe("a bundle that is damaged", () => {
  test.each<[string, () => void, RegExp]>([
    [
      "in a blob",
      () => spoil(join(folder, "models/blobs/sha256", blobsIn()[0]!)),
      /models\/blobs\/sha256\/\w+ is not as it was written/,
    ],
    [
      "by a missing blob",
      () => rmSync(join(folder, "models/blobs/sha256", blobsIn()[0]!)),
      /models\/blobs\/sha256\/\w+ is missing/,
    ],
    [
      "by a file more",
      () => writeFileSync(join(folder, "models/more"), ""),
      /models\/more was not there when it was written/,
    ],
    [
      "in its sums",
      () => writeFileSync(join(folder, "SHA256SUMS"), `${"0".repeat(64)}  ../../etc/passwd\n`),
      /SHA256SUMS is damaged/,
    ],
    ["by missing sums", () => rmSync(join(folder, "SHA256SUMS")), /is no whole bundle/],
  ])("%s is told so, file by file", async (_, damage, words) => {
    await make();
    damage();
    await expect(check()).rejects.toThrow(words);
  });

  test("is not taken by a registry, which keeps nothing of the model", async () => {
    const gguf = tinyGguf({ seed: 10 });
    const { weights } = await pushModel(source.origin, { repository: "library/spoilt", tag: "1", gguf });
    await make({ models: [`${proxy.host}/library/spoilt:1`] });
    spoil(join(folder, "models/blobs/sha256", weights.slice("sha256:".length)));
    await expect(push()).rejects.toThrow(/does not take .*spoilt:1: it answers 400: .*DIGEST_INVALID/);
    const there = `${site.origin}/v2/${proxy.host.replace(/[.:]/g, "-")}--library/spoilt/manifests/1`;
    expect((await fetch(there)).status).toBe(404);
  });

  test("in its index or a manifest says which", async () => {
    await make();
    writeFileSync(join(folder, "models/blobs/sha256", small.digest.slice("sha256:".length)), "{}");
    await expect(push()).rejects.toThrow(/the manifest of .*small:1 is not as it was written/);
    writeFileSync(join(folder, "models/index.json"), "{}");
    await expect(push()).rejects.toThrow(/index\.json is damaged: it is no index of models/);
  });
});

let told = 0;

describe("a registry that is not the one to write to is told, and how to find the right one", () => {
  test.each<[string, () => void, string | undefined, RegExp]>([
    [
      "it can only be read",
      () => sitePushes.lay({ match: ({ method }) => method === "POST", act: { kind: "answer", status: 405 } }),
      undefined,
      /can only be read: .* port 11437 of its pod/,
    ],
    [
      "nobody is there",
      () => {},
      "http://127.0.0.1:1",
      /does not answer: .*kubectl -n commonhold-system port-forward deploy\/commonhold-registry/,
    ],
    [
      "it has no room",
      () =>
        sitePushes.lay({
          match: ({ method }) => method === "PUT",
          act: { kind: "answer", status: 500, body: "no space left on device" },
        }),
      undefined,
      /answers 500: no space left on device/,
    ],
    [
      "it gives back something else",
      () =>
        sitePushes.lay({
          match: ({ method, path }) => method === "GET" && path.includes("/manifests/"),
          act: { kind: "answer", status: 200, body: "{}" },
        }),
      undefined,
      /does not give back the manifest that it took/,
    ],
  ])("%s", async (_, lay, to, words) => {
    // One that the site does not have yet.
    const tag = `t${++told}`;
    const gguf = tinyGguf({ seed: 100 + told });
    await pushModel(source.origin, { repository: "library/told", tag, gguf });
    await make({ models: [`${proxy.host}/library/told:${tag}`] });
    lay();
    await expect(push(to)).rejects.toThrow(words);
  });

  test("a bundle without models has nothing to push", async () => {
    mkdirSync(folder, { recursive: true });
    await expect(push()).rejects.toThrow(/holds no models: name them with --model/);
  });
});

describe("chart and images", () => {
  let values: string;
  const images = ["commonhold/commonhold", "library/registry", "ollama/ollama"];

  beforeAll(async () => {
    for (const repository of images)
      await pushImage(source.origin, { repository, tag: "1", architectures: ["amd64", "arm64"] });
    await pushImage(source.origin, { repository: "ollama/ollama", tag: "1-rocm", architectures: ["amd64"] });
  });

  function write(more: object = {}): string[] {
    const image = (repository: string) => ({ repository: `${proxy.host}/${repository}`, tag: "1" });
    const [product, registry, ollama] = images.map(image);
    values = join(scratchDirectory("bundle-values"), "values.yaml");
    writeFileSync(
      values,
      stringify({ image: product, siteRegistry: { image: registry }, ollama: { image: ollama }, ...more }),
    );
    return [values];
  }

  /** What a node of that platform imports. */
  async function archived(platform: string): Promise<{ tags: string[]; architecture: string }[]> {
    const unpacked = scratchDirectory("bundle-images");
    await extract({ cwd: unpacked, file: join(folder, `images/${platform.replace("/", "-")}.tar`) });
    const read = (name: string) => JSON.parse(readFileSync(join(unpacked, name), "utf8"));
    const manifest = read("manifest.json") as { RepoTags: string[]; Config: string }[];
    return manifest.map(({ RepoTags, Config }) => ({ tags: RepoTags, architecture: read(Config).architecture }));
  }

  test("are what helm installs and a node imports, for each platform that is asked for", async () => {
    const platforms = ["linux/amd64", "linux/arm64"];
    await make({ chart, values: write(), platforms, models: [] });
    for (const platform of platforms) {
      const there = await archived(platform);
      expect(there.flatMap(({ tags }) => tags).sort()).toEqual(images.map((one) => `${proxy.host}/${one}:1`));
      for (const { architecture } of there) expect(architecture).toBe(platform.slice("linux/".length));
    }
    const readme = readFileSync(join(folder, "README.txt"), "utf8");
    for (const words of ["images/linux-arm64.tar", "helm install commonhold chart/commonhold-", ...images])
      expect(readme).toContain(words);
    await check();
  });

  test("the chart in it renders as the folder does", async () => {
    await make({ chart, values: write(), models: [] });
    const helm = await programPath("helm");
    const env = { ...process.env, HELM_CACHE_HOME: scratchDirectory("helm") };
    const [packed] = readdirSync(join(folder, "chart"));
    const render = (from: string) => run(helm, ["template", "commonhold", from, "--values", values], { env });
    expect(await render(join(folder, "chart", packed!))).toBe(await render(chart));
  });

  test("are those of the hardware classes that machines have", async () => {
    const [product, registry, ollama] = images.map((one) => ({ repository: `${proxy.host}/${one}`, tag: "1" }));
    const machines = [{ name: "lab", node: "lab", class: "amd" }];
    const given = write({ image: product, siteRegistry: { image: registry }, ollama: { image: ollama, machines } });
    const bundled = await make({ chart, values: given, models: [] });
    expect(bundled.images).toContain(`${proxy.host}/ollama/ollama:1-rocm`);
    expect(bundled.images).not.toContain(`${proxy.host}/ollama/ollama:1`);
  });

  test("are there for the platforms that each is made for: a Raspberry Pi needs nothing of AMD's cards", async () => {
    const machines = [
      { name: "pi", node: "pi", class: "cpu" },
      { name: "lab", node: "lab", class: "amd" },
    ];
    const [product, registry, ollama] = images.map((one) => ({ repository: `${proxy.host}/${one}`, tag: "1" }));
    const given = write({ image: product, siteRegistry: { image: registry }, ollama: { image: ollama, machines } });
    await make({ chart, values: given, platforms: ["linux/amd64", "linux/arm64"], models: [] });
    const rocm = `${proxy.host}/ollama/ollama:1-rocm`;
    const plain = images.map((one) => `${proxy.host}/${one}:1`);
    expect((await archived("linux/arm64")).flatMap(({ tags }) => tags).sort()).toEqual(plain);
    expect((await archived("linux/amd64")).flatMap(({ tags }) => tags).sort()).toEqual([...plain, rocm]);
    await expect(make({ chart, values: given, platforms: ["linux/arm64"], models: [] })).rejects.toThrow(
      `${rocm} is made for none of these platforms: linux/arm64`,
    );
  });

  test("stay when models are added, and a README names both", async () => {
    await make({ chart, values: write(), models: [] });
    const { images: named, archives } = await make();
    expect(named).toHaveLength(3);
    expect(archives).toEqual(["linux-amd64.tar"]);
    await check();
  });

  test.each<[string, () => Partial<CreateOptions>, RegExp]>([
    [
      "an image that nobody has",
      () => ({ values: write({ siteRegistry: { image: { repository: `${proxy.host}/none`, tag: "1" } } }) }),
      /the images for linux\/amd64 cannot be had \(.*none:1.*\): [\s\S]*(NAME_UNKNOWN|MANIFEST_UNKNOWN)/,
    ],
    [
      "a digest, which an imported image does not have",
      () => ({ values: write({ image: { repository: "a/b", tag: "1", digest: `sha256:${"a".repeat(64)}` } }) }),
      /image\.digest is set: .* leave it empty/,
    ],
    ["a platform that is none", () => ({ values: write(), platforms: ["windows"] }), /"windows" is no platform/],
    [
      "values that are no YAML",
      () => {
        const given = write();
        writeFileSync(values, "a: [");
        return { values: given };
      },
      /values\.yaml cannot be read as values/,
    ],
    ["values of another chart", () => ({ values: write({ ollama: "here" }) }), /the values do not fit at ollama: /],
    [
      "values that are not there",
      () => ({ values: ["/nowhere/values.yaml"] }),
      /\/nowhere\/values\.yaml cannot be read as values: ENOENT/,
    ],
  ])("%s: told, and no bundle is left that looks whole", async (_, options, words) => {
    await expect(make({ chart, models: [], ...options() })).rejects.toThrow(words);
    await expect(check()).rejects.toThrow(/is no whole bundle/);
    expect(readdirSync(folder, { recursive: true }).filter((file) => String(file).endsWith(".new"))).toEqual([]);
  });
});

describe("a folder", () => {
  test("that holds something else is left as it is", async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "thesis.docx"), "");
    await expect(make()).rejects.toThrow(/ours is no bundle: it holds thesis\.docx\. Name a folder that is empty/);
    expect(readdirSync(folder)).toEqual(["thesis.docx"]);
  });

  test("can be copied: nothing in it knows where it lay", async () => {
    await make();
    const copy = join(scratchDirectory("bundle-copy"), "copy");
    cpSync(folder, copy, { recursive: true });
    rmSync(folder, { recursive: true });
    expect(await checkSums(copy, never)).toBeGreaterThan(4);
  });
});

test("the verbs say what they are, and refuse a registry that is no URL", async () => {
  const commonhold = join(import.meta.dirname, "../commonhold.mjs");
  const help = await run(process.execPath, [commonhold, "bundle", "--help"]);
  for (const verb of ["create", "check", "push"]) expect(help).toContain(verb);
  const { code, stderr } = await tryRun(process.execPath, [commonhold, "bundle", "push", "--registry", "127.0.0.1"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("Write http:// or https://, a host and its port.")]);
});
