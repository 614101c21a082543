import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../operator/clock/system.ts";
import { noFaults, type RegistryProxy, startRegistryProxy } from "./registry-proxy.ts";

const blob = Buffer.alloc(100_000, "b");
const blobPath = `/v2/library/x/blobs/sha256:${"0".repeat(64)}`;
let upstream: Server;
let proxy: RegistryProxy;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    request.resume();
    if (request.method === "POST") response.setHeader("location", `http://${request.headers.host}/v2/upload`);
    response.end(request.url?.includes("/blobs/") ? blob : '{"schemaVersion":2}');
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  proxy = await startRegistryProxy(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, systemClock);
});
afterEach(() => {
  Object.assign(proxy.faults, noFaults());
});
afterAll(async () => {
  await proxy.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

const get = (path: string, redirect: "follow" | "manual" = "follow"): Promise<Response> =>
  fetch(proxy.url + path, { redirect });

test("a blob is redirected to another host name and served there, everything else at once", async () => {
  const first = await get(blobPath, "manual");
  expect(first.status).toBe(307);
  expect(first.headers.get("location")).toMatch(/^http:\/\/localhost:\d+\/v2\//);
  expect(Buffer.from(await (await get(blobPath)).arrayBuffer())).toEqual(blob);
  expect(await (await get("/v2/library/x/manifests/latest", "manual")).text()).toBe('{"schemaVersion":2}');
});

test("an upload is told to come back to the proxy, not past it", async () => {
  const response = await fetch(`${proxy.url}/v2/library/x/blobs/uploads/`, { method: "POST", body: "x" });
  expect(response.headers.get("location")).toBe(`${proxy.url}/v2/upload`);
});

test("one bit of a blob is flipped where that is wanted", async () => {
  proxy.faults.flipByte = true;
  const bytes = Buffer.from(await (await get(blobPath)).arrayBuffer());
  expect(bytes.length).toBe(blob.length);
  expect(bytes[0]).toBe(blob.readUInt8(0) ^ 1);
  expect(bytes.subarray(1)).toEqual(blob.subarray(1));
});

test("a blob is cut after so many bytes", async () => {
  proxy.faults.cutAfterBytes = 10_000;
  await expect(get(blobPath).then((response) => response.arrayBuffer())).rejects.toThrow();
});

test("a slow blob is on its way for as long as it takes, and none once the client left", async () => {
  proxy.faults.bytesPerSecond = 100_000;
  const abort = new AbortController();
  const response = await fetch(proxy.url + blobPath, { signal: abort.signal });
  expect(proxy.serving).toBe(1);
  abort.abort();
  await expect(response.arrayBuffer()).rejects.toThrow();
  while (proxy.serving > 0) await systemClock.sleep(2);
});

test("manifests answer with any status, and a registry that is down answers nothing", async () => {
  proxy.faults.manifestStatus = 403;
  expect((await get("/v2/library/x/manifests/latest")).status).toBe(403);
  proxy.faults.down = true;
  await expect(get("/v2/")).rejects.toThrow();
});
