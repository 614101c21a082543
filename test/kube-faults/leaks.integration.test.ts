import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, test } from "vitest";
import { systemClock } from "../../operator/clock/system.ts";
import { watchLeaks } from "./leaks.ts";

test("a socket and a listener that are left are named", async () => {
  const leaks = watchLeaks();
  const server: Server = await new Promise((resolve) => {
    const listener = createServer().listen(0, "127.0.0.1", () => resolve(listener));
  });
  const { port } = server.address() as { port: number };
  const socket: Socket = await new Promise((resolve) => {
    const dialled = connect({ port, host: "127.0.0.1" }, () => resolve(dialled));
  });
  const error = await leaks.end(100).catch((caught: unknown) => caught);
  expect(String(error)).toMatch(/Server .*"listening":true/);
  expect(String(error)).toContain(`Socket {"localPort":${socket.localPort},"remotePort":${port},`);
  socket.destroy();
  server.close();
});

test("a timer that is left is named by where it was set, and one that was cancelled is not", {
  timeout: 60_000,
}, async () => {
  const leaks = watchLeaks();
  systemClock.after(60_000, () => undefined)();
  const cancel = systemClock.after(60_000, () => undefined);
  const error = await leaks.end(100).catch((caught: unknown) => caught);
  expect(String(error).match(/timer set at/g)).toHaveLength(1);
  cancel();
});

test("a socket that was destroyed is let go, whenever its descriptor is closed", async () => {
  const leaks = watchLeaks();
  const socket = connect({ port: 9, host: "127.0.0.1" }).on("error", () => undefined);
  socket.destroy();
  await expect(leaks.end(0)).resolves.toBeUndefined();
});

test("nothing left is nothing said", async () => {
  await expect(watchLeaks().end()).resolves.toBeUndefined();
});
