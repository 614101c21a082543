/** What is no whole request, or too much of one, is answered in words where that can be, and its connection is closed. */
import { expect, test } from "vitest";
import { call } from "./client.ts";
import { testGateway } from "./gateway.ts";
import { rawSocket } from "./raw-socket.ts";

test("a client that sends its headers a byte at a time is answered 408 and cut", async () => {
  const { url } = await testGateway({ settings: { headersTimeoutMs: 100 } });
  const socket = rawSocket(url);
  socket.write("GET / HTTP/1.1\r\nhost: x\r\nx-slow: ");
  await socket.closed();
  expect(socket.text()).toMatch(/^HTTP\/1\.1 408 /);
  expect(socket.text()).toContain('"code":"request_timeout"');
});

test("a client that does not finish its body is cut", async () => {
  const { url, key } = await testGateway({ settings: { headersTimeoutMs: 100, requestTimeoutMs: 200 } });
  const socket = rawSocket(url);
  socket.write(`POST /api/chat HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: 100\r\n\r\n{`);
  await socket.closed();
});

test("bytes that are no HTTP: 400", async () => {
  const { url } = await testGateway();
  const socket = rawSocket(url);
  socket.write("\u0016\u0003\u0001 hello\r\n\r\n");
  await socket.closed();
  expect(socket.text()).toMatch(/^HTTP\/1\.1 400 /);
  expect(socket.text()).toContain('"code":"malformed_http"');
});

test("two lengths, or a length and chunks: refused, so that no second request hides in a body", async () => {
  const { url, key } = await testGateway();
  for (const smuggled of [
    "content-length: 4\r\ncontent-length: 40",
    "content-length: 4\r\ntransfer-encoding: chunked",
  ]) {
    const socket = rawSocket(url);
    socket.write(`POST /api/chat HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n${smuggled}\r\n\r\n{}{}`);
    await socket.closed();
    expect(socket.text()).toMatch(/^HTTP\/1\.1 400 /);
  }
});

test("headers beyond 16 KiB: 431", async () => {
  const { url } = await testGateway();
  const reply = await call(`${url}/`, { headers: { "x-long": "x".repeat(20_000) } }).reply;
  expect(reply.status).toBe(431);
  expect(reply.json()).toMatchObject({ error: { code: "headers_too_large" } });
});
