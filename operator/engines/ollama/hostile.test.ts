import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createPlainServer, type Server as PlainServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../clock/manual.ts";
import { systemClock } from "../../clock/system.ts";
import type { Engine } from "../engine.ts";
import { ollamaEngine } from "./driver.ts";

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function hostile(answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    response.on("error", () => undefined);
    answer(request, response);
  });
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return await listening(server);
}

/** Speaks whatever it likes on the socket. */
async function raw(speak: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createPlainServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    speak(socket);
  });
  open.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return await listening(server);
}

function listening(server: Server | PlainServer): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

function engineAt(url: string, clock: ManualClock | typeof systemClock = systemClock): Engine {
  const engine = ollamaEngine({ url }, { clock });
  open.unshift(() => engine.close());
  return engine;
}

/** Writes for as long as anybody reads. */
function endlessly(response: ServerResponse, character: string): void {
  const piece = Buffer.alloc(64 * 1024, character);
  const more = (): void => {
    while (!response.destroyed && response.write(piece)) {
      // Until the reader is behind.
    }
    if (!response.destroyed) response.once("drain", more);
  };
  more();
}

describe("a hostile host", () => {
  test("a whole answer without end is cut at its bound", async () => {
    const url = await hostile((_, response) => endlessly(response, " "));
    await expect(engineAt(url).models()).rejects.toMatchObject({
      code: "BadResponse",
      message: expect.stringContaining("more than"),
    });
  });

  test("a line without end is cut at its bound", async () => {
    const url = await hostile((_, response) => endlessly(response, "x"));
    await expect(engineAt(url).create({ name: "a", files: {} })).rejects.toMatchObject({ code: "BadResponse" });
  });

  test("a refusal without end is told by its status alone", async () => {
    const url = await hostile((_, response) => {
      response.writeHead(500);
      endlessly(response, "x");
    });
    await expect(engineAt(url).models()).rejects.toMatchObject({ code: "HostFailed", status: 500 });
  });

  test("an answer that drips is ended by the total bound", async () => {
    const clock = new ManualClock();
    let dripping: ServerResponse | undefined;
    const url = await hostile((_, response) => {
      dripping = response;
      response.write("[");
    });
    const call = engineAt(url, clock)
      .models()
      .catch((error: unknown) => error);
    while (!dripping) await systemClock.sleep(2);
    for (let second = 0; second <= 30; second++) {
      dripping.write(" ");
      await systemClock.sleep(3);
      await clock.advance(1_000);
    }
    expect(await call).toMatchObject({ code: "Timeout", message: expect.stringContaining("30 s") });
  });

  test("a create that drips progress for ever is ended by its total bound", async () => {
    const clock = new ManualClock();
    let dripping: ServerResponse | undefined;
    const url = await hostile((_, response) => {
      dripping = response;
      response.write('{"status":"parsing GGUF"}\n');
    });
    const call = engineAt(url, clock)
      .create({ name: "a", files: {} })
      .catch((error: unknown) => error);
    while (!dripping) await systemClock.sleep(2);
    for (let minute = 0; minute <= 30; minute++) {
      dripping.write('{"status":"parsing GGUF"}\n');
      await systemClock.sleep(3);
      await clock.advance(60_000);
    }
    expect(await call).toMatchObject({ code: "Timeout", message: expect.stringContaining("1800 s") });
  });

  test.each([301, 302, 307, 308])("a redirect with %i is not followed", async (status) => {
    const asked: string[] = [];
    const url = await hostile((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(status, { location: "http://169.254.169.254/latest/meta-data" }).end();
    });
    await expect(engineAt(url).version()).rejects.toMatchObject({ code: "BadResponse", status });
    expect(asked).toEqual(["/api/version"]);
  });

  test.each([
    ["what is not HTTP", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["headers without end", `HTTP/1.1 200 OK\r\n${"x-a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(5_000)}`],
    ["a length that is a lie", 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n{"version":"1"}'],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}"],
    ["a chunk that is none", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"],
  ])("%s is a bad answer", async (_, text) => {
    const url = await raw((socket) => socket.write(text));
    const failure = await engineAt(url)
      .version()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "transient", name: "EngineError" });
    expect(["BadResponse", "Unreachable"]).toContain((failure as { code: string }).code);
  });

  test("an answer shorter than its length is cut off, not taken", async () => {
    const url = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"version":"0.24.0"}'));
    await expect(engineAt(url).version()).rejects.toMatchObject({ kind: "transient" });
  });

  test.each([
    ["nested a million deep", `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`],
    ["a number that is none", '{"models":[{"name":"a","size":1e999}]}'],
    ["keys of JavaScript's own", '{"__proto__":{"models":[]},"models":5}'],
    ["an object where a list belongs", '{"models":{"length":5}}'],
    ["a byte order mark and nothing", "\ufeff"],
  ])("%s is a bad answer and nothing worse", async (_, text) => {
    const url = await hostile((_, response) => response.end(text));
    await expect(engineAt(url).models()).rejects.toMatchObject({ code: "BadResponse" });
    expect({}).not.toHaveProperty("models");
  });

  test("its words reach an error printable, whole and short", async () => {
    const words = `\u001b]0;owned\u0007\u202e${"very bad ".repeat(1_000)}`;
    const url = await hostile((_, response) => response.writeHead(500).end(JSON.stringify({ error: words })));
    const failure = await engineAt(url)
      .version()
      .catch((error: unknown) => error as Error);
    expect((failure as Error).message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect((failure as Error).message.length).toBeLessThan(600);
  });

  test.each([
    ["an object", { error: { message: "x" } }],
    ["null", { error: null }],
    ["a list", { error: [] }],
    ["nothing", {}],
  ])("an error that is %s is told by its status", async (_, body) => {
    const url = await hostile((_, response) => response.writeHead(503).end(JSON.stringify(body)));
    await expect(engineAt(url).version()).rejects.toMatchObject({
      code: "Busy",
      message: expect.stringContaining("503"),
    });
  });

  test("an upload that is answered before it was read ends there, and its source with it", async () => {
    let ended = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(64 * 1024);
      } finally {
        ended = true;
      }
    }
    const url = await hostile((_, response) => response.writeHead(507).end('{"error":"no space left on device"}'));
    const storing = engineAt(url).putBlob(`sha256:${"0".repeat(64)}`, endless(), 1e12);
    const failure = await storing.catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "transient" });
    expect(["DiskFull", "Unreachable"]).toContain((failure as { code: string }).code);
    while (!ended) await systemClock.sleep(2);
  });

  test("an upload into a host that reads nothing is stopped by back-pressure, then by the idle bound", async () => {
    const clock = new ManualClock();
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        sent += 64 * 1024;
        yield Buffer.alloc(64 * 1024);
      }
    }
    const url = await raw((socket) => socket.pause());
    const storing = engineAt(url, clock)
      .putBlob(`sha256:${"0".repeat(64)}`, endless(), 1e12)
      .catch((error: unknown) => error);
    let before = -1;
    while (sent === 0 || sent !== before) {
      before = sent;
      await systemClock.sleep(50);
    }
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    await clock.advance(61_000);
    expect(await storing).toMatchObject({ code: "Stalled" });
  });
});
