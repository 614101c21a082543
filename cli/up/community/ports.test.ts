import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../processes/ports.ts";
import { rememberedPort } from "./ports.ts";

let directory: string;
const servers: Server[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "commonhold-ports-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
  rmSync(directory, { recursive: true });
});

async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

const note = (text: string): void => writeFileSync(join(directory, "gateway.port"), text);
const noted = (): string => readFileSync(join(directory, "gateway.port"), "utf8");

test("the preferred port is taken first, and noted", async () => {
  const preferred = await freePort();
  expect(await rememberedPort(directory, "gateway", preferred)).toBe(preferred);
  expect(noted()).toBe(String(preferred));
});

test("the port of last time comes before the preferred one", async () => {
  const last = await freePort();
  note(String(last));
  expect(await rememberedPort(directory, "gateway", await freePort())).toBe(last);
});

test("another program on both of them leads to a third, which is noted", async () => {
  const [last, preferred] = [await takenPort(), await takenPort()];
  note(String(last));
  const port = await rememberedPort(directory, "gateway", preferred);
  expect([last, preferred, 0]).not.toContain(port);
  expect(noted()).toBe(String(port));
});

test.each(["", "abc", "-1", "70000", "1.5"])("a note of %j is no port: it is passed over", async (text) => {
  note(text);
  const preferred = await freePort();
  expect(await rememberedPort(directory, "gateway", preferred)).toBe(preferred);
});
