/**
 * The estimate against a real Ollama (CPU): what `/api/ps` reports as `size` after the load, and what llama.cpp says
 * that it allocated for the graph. The tolerances are what was measured with Ollama 0.24.0, rounded up, and so say how
 * good the estimate is: for llama.cpp's runner `size` to the byte and the graph within 3 %; for Ollama's own engine
 * `size` within 10 % (models of a MiB; the larger, the nearer).
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SampleModel, sampleModelFile } from "../../cli/up/model-file/sample.ts";
import type { StartedOllama } from "../../cli/up/ollama/start.ts";
import { startTestOllama } from "../../test/control-plane/ollama.ts";
import { type TinyShape, tinyGguf } from "../../test/models/tiny-gguf.ts";
import { createFetcher, type Fetcher } from "../addresses/fetcher.ts";
import { createAddressPolicy } from "../addresses/policy.ts";
import { systemClock, systemRandom } from "../clock/system.ts";
import { describeFiles } from "./describe-files.ts";
import type { RemoteFile } from "./files.ts";
import { parseGguf } from "./gguf.ts";
import { shapeOfGguf } from "./model-shape.ts";
import { estimateMemory } from "./size.ts";
import { streamGguf } from "./stream-gguf.ts";

type Server = StartedOllama & { discard(): Promise<void> };

const servers = new Map<number, Server>();

beforeAll(async () => {
  const env = { ...process.env, OLLAMA_DEBUG: "1" };
  for (const parallel of [1, 4]) servers.set(parallel, await startTestOllama({ parallel, env }));
});

afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.discard()));
});

/** Tokens of vocabulary, depth and widths like nothing in particular, so that no two terms hide each other. */
const widths: Partial<TinyShape>[] = [
  { layers: 2, width: 64, heads: 4, kvHeads: 2 },
  { layers: 3, width: 96, heads: 4, kvHeads: 4, ffn: 480 },
  { layers: 5, width: 320, heads: 5, kvHeads: 1, ffn: 992 },
  { layers: 8, width: 256, heads: 4, kvHeads: 2, ffn: 1024, tied: true },
  { layers: 2, width: 192, heads: 6, kvHeads: 3, vocabulary: 8000 },
];
const loads = [
  { context: 3000, parallel: 1 },
  { context: 2048, parallel: 4 },
  // More than the model was trained for: Ollama clips it.
  { context: 20_000, parallel: 4 },
];
const trainedFor = 8192;

async function post(server: Server, path: string, body: object): Promise<unknown> {
  const response = await fetch(server.url + path, { method: "POST", body: JSON.stringify(body) });
  return response.json();
}

async function create(server: Server, name: string, gguf: Buffer): Promise<void> {
  const digest = `sha256:${createHash("sha256").update(gguf).digest("hex")}`;
  await fetch(`${server.url}/api/blobs/${digest}`, { method: "POST", body: new Uint8Array(gguf) });
  const recipe = { model: name, files: { "model.gguf": digest }, stream: false };
  expect(await post(server, "/api/create", recipe)).toEqual({ status: "success" });
}

/** What the host says that the model takes, once it is loaded. */
async function reportedSize(server: Server, name: string, context: number): Promise<number> {
  const loaded = await post(server, "/api/generate", { model: name, stream: false, options: { num_ctx: context } });
  expect(loaded).toMatchObject({ done: true });
  const answer = await fetch(`${server.url}/api/ps`);
  const { models } = (await answer.json()) as { models: { name: string; size: number }[] };
  return models.find((model) => model.name === `${name}:latest`)?.size ?? 0;
}

/** What llama.cpp says that it allocated for the graph of each load so far, to 10 KiB. */
function allocatedGraphs(server: Server): number[] {
  const sizes = readFileSync(server.process.logPath, "utf8").matchAll(/CPU compute buffer size = +([\d.]+) MiB/g);
  return [...sizes].map(([, mebibytes]) => Number(mebibytes) * 1024 ** 2);
}

/** Of a load after `before`: the log is written by another process than the one that answers. */
async function allocatedGraph(server: Server, before: number): Promise<number> {
  await expect.poll(() => allocatedGraphs(server).length).toBeGreaterThan(before);
  return allocatedGraphs(server).at(-1) ?? 0;
}

describe.each([
  { architecture: "llama", shapes: widths, runner: "llama.cpp", reportTolerance: 0, graphTolerance: 0.03 },
  { architecture: "qwen2", shapes: widths.slice(0, 1), runner: "llama.cpp", reportTolerance: 0, graphTolerance: 0.03 },
  {
    architecture: "qwen3",
    shapes: widths,
    runner: "Ollama's own engine",
    reportTolerance: 0.1,
    graphTolerance: undefined,
  },
] as const)("$architecture in $runner", ({ architecture, shapes, reportTolerance, graphTolerance }) => {
  test.each(shapes)("%j", async (width) => {
    const name = `${architecture}-${width.layers}-${width.width}`;
    const gguf = tinyGguf({ architecture, context: trainedFor, ...width });
    const shape = shapeOfGguf(parseGguf(gguf)!);
    for (const server of servers.values()) await create(server, name, gguf);
    for (const { context, parallel } of loads) {
      const server = servers.get(parallel)!;
      const before = allocatedGraphs(server).length;
      const reported = await reportedSize(server, name, context);
      const question = {
        shape,
        weightsBytes: gguf.length,
        context,
        parallel,
        cacheType: "f16",
        device: "cpu",
      } as const;
      const { reportedBytes, graphBytes } = estimateMemory(question);
      expect(Math.abs(reportedBytes / reported - 1)).toBeLessThanOrEqual(reportTolerance);
      if (graphTolerance === undefined) continue;
      const allocated = await allocatedGraph(server, before);
      expect(Math.abs(graphBytes / allocated - 1)).toBeLessThanOrEqual(graphTolerance);
    }
  });
});

describe("a real model (SmolLM2 135M, 4 bits)", () => {
  const context = 4096;
  let model: SampleModel;
  let fetcher: Fetcher;

  beforeAll(async () => {
    model = await sampleModelFile({ port: 0, env: process.env, onProgress: () => {}, clock: systemClock });
    fetcher = createFetcher({ policy: createAddressPolicy({ allow: ["127.0.0.1"] }) });
  });

  afterAll(async () => {
    await fetcher?.close();
    await model?.stop();
  });

  test("is described by its first megabytes, streamed to the host, and takes what was estimated", async () => {
    const server = servers.get(1)!;
    const { source } = model;
    const shape = await describeFiles(fetcher, systemClock, { files: [source] });
    expect(shape).toMatchObject({ architecture: "llama", blockCount: 30, headCountKv: 3, quantization: "Q4_1" });
    await upload(server, source);
    const before = allocatedGraphs(server).length;
    const reported = await reportedSize(server, "smollm2", context);
    const question = {
      shape,
      weightsBytes: source.size,
      context,
      parallel: 1,
      cacheType: "f16",
      device: "cpu",
    } as const;
    const estimate = estimateMemory(question);
    expect(estimate.reportedBytes).toBe(reported);
    expect(Math.abs(estimate.graphBytes / (await allocatedGraph(server, before)) - 1)).toBeLessThanOrEqual(0.01);
  });

  async function upload(server: Server, source: RemoteFile): Promise<void> {
    const bytes = streamGguf(source, { fetcher, clock: systemClock, random: systemRandom });
    const digest = `sha256:${source.sha256}`;
    const sent = await request(`${server.url}/api/blobs/${digest}`, {
      method: "POST",
      body: Readable.from(bytes),
      headers: { "content-length": String(source.size) },
    });
    expect(sent.statusCode).toBe(201);
    const recipe = { model: "smollm2", files: { "model.gguf": digest }, stream: false };
    expect(await post(server, "/api/create", recipe)).toEqual({ status: "success" });
  }
});
