/** Small services of our own making, started as operator and gateway are. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../operator/clock/system.ts";
import { startService } from "./services.ts";

const answering = `
import { createServer } from "node:http";
const server = createServer((request, response) => response.writeHead(request.url === "/readyz" ? 200 : 404).end());
server.listen(0, "127.0.0.1", () => {
  console.log("not JSON, with \\"url\\"");
  console.log(JSON.stringify({ pid: process.pid, url: \`http://127.0.0.1:\${server.address().port}\`, asked: process.env.ASKED }));
});
process.on("SIGTERM", () => process.exit(0));
`;

function place(source: string, signal = new AbortController().signal) {
  const folder = mkdtempSync(join(tmpdir(), "commonhold-service-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "logs"));
  writeFileSync(join(folder, "main.mjs"), source);
  const logs = join(folder, "logs");
  return { compiled: folder, logs, baseEnv: { PATH: process.env["PATH"] ?? "" }, clock: systemClock, signal };
}

const spec = { name: "small", entry: "main.mjs", env: { ASKED: "yes" } };

test("a service is ready when it answers at the address that it announced, not at one of an earlier run", async () => {
  const there = place(answering);
  appendFileSync(join(there.logs, "small.log"), `${JSON.stringify({ pid: 1, url: "http://127.0.0.1:1" })}\n`);
  const service = await startService(spec, there);
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  await service.stop();
  expect(service.process.exit).toEqual({ code: 0, signal: null });
});

test("one that ends while it starts says why, in its own words", async () => {
  const failing = place('console.error("COMMONHOLD_GATEWAY_PORT is no port"); process.exit(1);');
  await expect(startService(spec, failing)).rejects.toThrow(
    /ended with exit code 1.*COMMONHOLD_GATEWAY_PORT is no port/s,
  );
});

test("one whose start is given up is stopped", async () => {
  const stop = new AbortController();
  const silent = place("setInterval(() => {}, 1000);", stop.signal);
  const starting = startService(spec, silent);
  stop.abort(new Error("stopped by SIGINT"));
  await expect(starting).rejects.toThrow("stopped by SIGINT");
});
