import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type RegistryProxy, startRegistryProxy } from "./proxy.ts";

const content = Buffer.from(Array.from({ length: 20_000 }, (_, i) => i % 251));
const blob = "/v2/library/tiny/blobs/sha256:00";

let upstream: Server;
let asked: string[];
let proxy: RegistryProxy;

/** A registry that serves one blob, ranges obeyed, and says of everything else what was asked. */
beforeEach(async () => {
  asked = [];
  upstream = createServer((request, response) => {
    asked.push(request.url ?? "");
    const [, first = 0, last = content.length - 1] = (
      /^bytes=(\d+)-(\d+)?$/.exec(request.headers.range ?? "") ?? []
    ).map(Number);
    if (request.method === "POST") response.setHeader("location", `http://${request.headers.host}/v2/upload`);
    if (request.url !== blob) return void response.end(request.url);
    const part = content.subarray(first, last + 1);
    if (request.headers.range === undefined) response.writeHead(200, { "content-length": part.length });
    else response.writeHead(206, { "content-range": `bytes ${first}-${last}/${content.length}` });
    response.end(part);
  });
  await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
  proxy = await startRegistryProxy(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
});

afterEach(async () => {
  await proxy.close();
  upstream.closeAllConnections();
  await new Promise((done) => upstream.close(done));
});

async function get(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; location: string | null; body: Buffer }> {
  const response = await fetch(proxy.origin + path, { headers });
  return {
    status: response.status,
    location: response.headers.get("location"),
    body: Buffer.from(await response.arrayBuffer()),
  };
}

test("an honest answer passes unchanged, and says where a layer is, as Ollama wants it", async () => {
  const { body, ...head } = await get(blob);
  expect(head).toEqual({ status: 200, location: "#" });
  expect(body.equals(content)).toBe(true);
  expect((await get(blob, { range: "bytes=10-19" })).body).toEqual(content.subarray(10, 20));
  expect(proxy.requests).toMatchObject([{ method: "GET", path: blob }, { range: "bytes=10-19" }]);
});

test("an upload is told to come back to the proxy, not past it", async () => {
  const response = await fetch(`${proxy.origin}/v2/library/tiny/blobs/uploads/`, { method: "POST", body: "x" });
  expect(response.headers.get("location")).toBe(`${proxy.origin}/v2/upload`);
});

test("a request runs until its answer ends or its client leaves", async () => {
  proxy.lay({ act: { kind: "slow", bytesPerSecond: 20_000 } });
  const abort = new AbortController();
  const response = await fetch(proxy.origin + blob, { signal: abort.signal, headers: { range: "bytes=10-19999" } });
  expect(proxy.running()).toMatchObject([{ path: blob, range: "bytes=10-19999" }]);
  abort.abort();
  await expect(response.arrayBuffer()).rejects.toThrow();
  await expect.poll(() => proxy.running()).toEqual([]);
  proxy.heal();
  await get(blob);
  await expect.poll(() => proxy.running()).toEqual([]);
});

describe("a fault", () => {
  test("answers in the registry's place", async () => {
    proxy.lay({ match: "/blobs/", act: { kind: "answer", status: 429, headers: { "retry-after": "5" } } });
    expect((await get(blob)).status).toBe(429);
    expect(asked).toEqual([]);
  });

  test("takes as many requests as it says, the latest fault first, and others pass", async () => {
    proxy.lay({ match: "/blobs/", times: 2, act: { kind: "answer", status: 500 } });
    proxy.lay({ match: /sha256/, times: 1, act: { kind: "answer", status: 404 } });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await get(blob)).status);
    expect(statuses).toEqual([404, 500, 500, 200]);
    expect((await get("/v2/")).status).toBe(200);
  });

  test("is lifted alone, or with all others", async () => {
    const lift = proxy.lay({ act: { kind: "answer", status: 500 } });
    proxy.lay({ match: "/never", act: { kind: "hang" } });
    lift();
    expect((await get(blob)).status).toBe(200);
    proxy.lay({ act: { kind: "answer", status: 500 } });
    proxy.heal();
    expect((await get(blob)).status).toBe(200);
  });

  test("flips one bit of one byte, also when a part is asked for", async () => {
    proxy.lay({ act: { kind: "flip", atByte: 15_000 } });
    const { body } = await get(blob);
    expect(body[15_000]).toBe(content[15_000]! ^ 1);
    expect(body.filter((byte, at) => byte !== content[at])).toHaveLength(1);
    expect((await get(blob, { range: "bytes=14990-15009" })).body[10]).toBe(content[15_000]! ^ 1);
    expect((await get(blob, { range: "bytes=0-99" })).body).toEqual(content.subarray(0, 100));
  });

  test("flips and slows at once", async () => {
    proxy.lay({ act: { kind: "flip", atByte: 0, bytesPerSecond: 200_000 } });
    const began = performance.now();
    const { body } = await get(blob);
    expect(body[0]).toBe(content[0]! ^ 1);
    expect(body.subarray(1).equals(content.subarray(1))).toBe(true);
    expect(performance.now() - began).toBeGreaterThan(80);
  });

  test("cuts the answer after so many bytes", async () => {
    proxy.lay({ act: { kind: "cut", afterBytes: 1000 } });
    const response = await fetch(proxy.origin + blob);
    let received = 0;
    await expect(
      (async () => {
        for await (const chunk of response.body ?? []) received += chunk.length;
      })(),
    ).rejects.toThrow();
    expect(received).toBeLessThanOrEqual(1000);
  });

  test.each([
    ["resets", { kind: "reset" }],
    ["hangs", { kind: "hang" }],
    ["stalls", { kind: "stall", afterBytes: 10 }],
  ] as const)("%s until the client gives up", async (_, act) => {
    proxy.lay({ act });
    const abort = new AbortController();
    const outcome = fetch(proxy.origin + blob, { signal: abort.signal }).then((response) => response.arrayBuffer());
    if (act.kind !== "reset") setTimeout(() => abort.abort(), 100);
    await expect(outcome).rejects.toThrow();
  });

  test("slows the answer down to its pace", async () => {
    proxy.lay({ act: { kind: "slow", bytesPerSecond: 200_000 } });
    const began = performance.now();
    expect((await get(blob)).body.equals(content)).toBe(true);
    expect(performance.now() - began).toBeGreaterThan(80);
  });

  test("ignores ranges", async () => {
    proxy.lay({ act: { kind: "ignore-range" } });
    const { status, body } = await get(blob, { range: "bytes=10-19" });
    expect(status).toBe(200);
    expect(body.equals(content)).toBe(true);
  });
});

test("a moved tag is another one's manifest, until it is moved back", async () => {
  const manifest = async (): Promise<string> => (await get("/v2/library/tiny/manifests/latest")).body.toString();
  proxy.moveTag("library/tiny", "latest", "v2");
  expect(await manifest()).toBe("/v2/library/tiny/manifests/v2");
  proxy.moveTag("library/tiny", "latest", undefined);
  expect(await manifest()).toBe("/v2/library/tiny/manifests/latest");
});
