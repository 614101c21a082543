import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { createFetcher, type Fetcher } from "../addresses/fetcher.ts";
import { createAddressPolicy } from "../addresses/policy.ts";
import type { Clock } from "../clock/clock.ts";
import { systemClock } from "../clock/system.ts";
import { type FileStreamOptions, fruitlessTriesMax, type RemoteFile, streamFile, triesMax } from "./files.ts";
import type { ModelError } from "./model-error.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const open: { servers: Server[]; fetchers: Fetcher[] } = { servers: [], fetchers: [] };

afterEach(async () => {
  await Promise.all(open.fetchers.splice(0).map((fetcher) => fetcher.close()));
  for (const server of open.servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) % 256));

interface Bench {
  file: RemoteFile;
  options: FileStreamOptions;
  hits: IncomingMessage[];
  /** Milliseconds slept between tries. */
  waits: number[];
  port: number;
}

async function bench(handler: Handler, change: Partial<RemoteFile> & { allow?: string[] } = {}): Promise<Bench> {
  const hits: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    hits.push(request);
    response.on("error", () => {});
    handler(request, response);
  });
  open.servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const fetcher = createFetcher({ policy: createAddressPolicy({ allow: change.allow ?? ["127.0.0.1"] }) });
  open.fetchers.push(fetcher);
  const waits: number[] = [];
  const clock: Clock = { ...systemClock, sleep: async (ms) => void waits.push(ms) };
  const { allow: _, ...overrides } = change;
  const file = {
    url: `http://127.0.0.1:${port}/model.gguf?signature=secret`,
    sha256: createHash("sha256").update(content).digest("hex"),
    size: content.length,
    ...overrides,
  };
  return { file, options: { fetcher, clock, random: () => 1 }, hits, waits, port };
}

/** Everything that came before the end or the failure, and the failure. */
async function drain(
  bench: Bench,
  options: Partial<FileStreamOptions> = {},
): Promise<{ got: Buffer; error?: ModelError }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of streamFile(bench.file, { ...bench.options, ...options })) chunks.push(chunk);
    return { got: Buffer.concat(chunks) };
  } catch (error) {
    return { got: Buffer.concat(chunks), error: error as ModelError };
  }
}

const firstByte = (request: IncomingMessage): number =>
  Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);

/** Obeys ranges. */
const whole: Handler = (request, response) => {
  const first = firstByte(request);
  const rest = content.subarray(first);
  if (first === 0) response.writeHead(200, { "content-length": rest.length });
  else
    response.writeHead(206, {
      "content-length": rest.length,
      "content-range": `bytes ${first}-${content.length - 1}/${content.length}`,
    });
  response.end(rest);
};

/** Serves `bytes` more of the file with each request, then breaks off. */
const cutting =
  (bytes: number): Handler =>
  (request, response) => {
    const first = firstByte(request);
    const rest = content.subarray(first);
    const range = { "content-range": `bytes ${first}-${content.length - 1}/${content.length}` };
    response.writeHead(first === 0 ? 200 : 206, { "content-length": rest.length, ...(first === 0 ? {} : range) });
    if (rest.length <= bytes) response.end(rest);
    else response.write(rest.subarray(0, bytes), () => setImmediate(() => response.destroy()));
  };

test("a file comes whole, with progress that ends at its size", async () => {
  const seen: number[] = [];
  const there = await bench(whole);
  const { got, error } = await drain(there, { onProgress: ({ completedBytes }) => seen.push(completedBytes) });
  expect(error).toBeUndefined();
  expect(got.equals(content)).toBe(true);
  expect(seen.at(-1)).toBe(content.length);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

test("a transfer that breaks off goes on where it broke", async () => {
  const there = await bench(cutting(100_000));
  const { got, error } = await drain(there);
  expect(error).toBeUndefined();
  expect(got.equals(content)).toBe(true);
  expect(there.hits.map(({ headers }) => headers.range)).toEqual([undefined, "bytes=100000-", "bytes=200000-"]);
});

test("a server that knows no ranges sends all again, and what was had is passed over", async () => {
  let served = 0;
  const there = await bench((_, response) => {
    response.writeHead(200, { "content-length": content.length });
    if (served++ > 0) response.end(content);
    else response.write(content.subarray(0, 70_000), () => setImmediate(() => response.destroy()));
  });
  const { got, error } = await drain(there);
  expect(error).toBeUndefined();
  expect(got.equals(content)).toBe(true);
});

test("wherever it breaks off, the bytes come whole and in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 7_000, max: 299_999 }), async (bytes) => {
      const { got, error } = await drain(await bench(cutting(bytes)));
      expect(error).toBeUndefined();
      expect(got.equals(content)).toBe(true);
    }),
    { numRuns: 12 },
  );
});

describe("a wrong file never ends well:", () => {
  const flippedAt =
    (at: number): Handler =>
    (_, response) => {
      const changed = Buffer.from(content);
      changed[at] = (changed[at] ?? 0) ^ 1;
      response.end(changed);
    };

  test.each([
    ["one bit flipped at its beginning", 0],
    ["one bit flipped in the middle", 150_000],
    ["one bit flipped in its last byte", content.length - 1],
  ])("%s is DigestMismatch, and its end is never handed out", async (_, at) => {
    const { got, error } = await drain(await bench(flippedAt(at)));
    expect(error).toMatchObject({ code: "DigestMismatch", kind: "transient" });
    expect(got.length).toBeLessThan(content.length);
  });

  test("not even when it came in one piece", async () => {
    const small = { size: 3, sha256: "0".repeat(64) };
    const { got, error } = await drain(await bench((_, response) => response.end("abc"), small));
    expect(error?.code).toBe("DigestMismatch");
    expect(got.length).toBe(0);
  });

  test("one that changed between two tries is DigestMismatch", async () => {
    const other = Buffer.alloc(content.length, 7);
    const there = await bench((request, response) => {
      const first = firstByte(request);
      if (first === 0) return cutting(100_000)(request, response);
      response
        .writeHead(206, { "content-range": `bytes ${first}-${content.length - 1}/${content.length}` })
        .end(other.subarray(first));
    });
    expect((await drain(there)).error?.code).toBe("DigestMismatch");
  });

  test.each([
    ["one that is longer, by its headers", { size: content.length - 1 }, "the server has 300000 bytes", whole],
    ["one that is shorter, by its headers", { size: content.length + 1 }, "the server has 300000 bytes", whole],
    ["one that turns out longer", { size: 100 }, "more than 100 bytes come", chunked],
    ["one that turns out shorter", { size: content.length + 5 }, "only 300000 bytes come", chunked],
  ])("%s is SizeMismatch", async (_, change, words, handler) => {
    const { error } = await drain(await bench(handler, change));
    expect(error).toMatchObject({ code: "SizeMismatch", kind: "transient" });
    expect(error?.message).toContain(words);
  });

  function chunked(_: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { "transfer-encoding": "chunked" });
    response.end(content);
  }

  test("one that comes compressed is BadAnswer", async () => {
    const gzip = { "content-encoding": "gzip" };
    const { error } = await drain(await bench((_, response) => response.writeHead(200, gzip).end(content)));
    expect(error?.code).toBe("BadAnswer");
  });

  test("another part than was asked for is BadAnswer", async () => {
    const there = await bench((request, response) => {
      if (firstByte(request) === 0) return cutting(100_000)(request, response);
      response
        .writeHead(206, { "content-range": `bytes 5-${content.length - 1}/${content.length}` })
        .end(content.subarray(5));
    });
    expect((await drain(there)).error?.code).toBe("BadAnswer");
  });
});

describe("tries are bounded:", () => {
  test("a server that fails is left after five, with growing pauses", async () => {
    const there = await bench((_, response) => response.writeHead(503).end());
    const { error } = await drain(there);
    expect(error).toMatchObject({ code: "Unreachable", kind: "transient" });
    expect(there.hits).toHaveLength(fruitlessTriesMax);
    expect(there.waits).toEqual([2000, 4000, 8000, 16_000]);
  });

  test("a server that says when it is back is asked then", async () => {
    let hits = 0;
    const there = await bench((request, response) => {
      if (hits++ === 0) response.writeHead(429, { "retry-after": "9" }).end();
      else whole(request, response);
    });
    expect((await drain(there)).got.equals(content)).toBe(true);
    expect(there.waits).toEqual([9000]);
  });

  test("a server that is back only much later is left at once, and the caller told when", async () => {
    const there = await bench((_, response) => response.writeHead(503, { "retry-after": "600" }).end());
    const { error } = await drain(there);
    expect(error).toMatchObject({ code: "Unreachable", retryAfterMs: 600_000 });
    expect(there.hits).toHaveLength(1);
  });

  test("a server that sends a byte and breaks off each time is left after a hundred", async () => {
    const there = await bench(cutting(1));
    expect((await drain(there)).error?.code).toBe("Unreachable");
    expect(there.hits).toHaveLength(triesMax);
  });

  test.each([
    [404, "NotFound"],
    [410, "NotFound"],
    [401, "Denied"],
    [403, "Denied"],
    [418, "Refused"],
  ])("status %i is not tried again", async (status, code) => {
    const there = await bench((_, response) => response.writeHead(status).end());
    const { error } = await drain(there);
    expect(error).toMatchObject({ code, kind: "terminal" });
    expect(error?.message).not.toContain("secret");
    expect(there.hits).toHaveLength(1);
  });
});

describe("the address policy holds", () => {
  test("for the URL: refused before any connection", async () => {
    const there = await bench(whole, { allow: [] });
    expect((await drain(there)).error).toMatchObject({ code: "AddressRefused", kind: "terminal" });
    expect(there.hits).toHaveLength(0);
  });

  test.each([
    ["the metadata service", "http://169.254.169.254/latest"],
    ["a loopback port that is not allowed", "http://127.0.0.1:1/model.gguf"],
    ["another scheme", "file:///etc/shadow"],
  ])("for a redirect to %s", async (_, location) => {
    const there = await bench((_request, response) => response.writeHead(302, { location }).end());
    const allowed = {
      ...there.options,
      fetcher: createFetcher({ policy: createAddressPolicy({ allow: [`127.0.0.1:${there.port}`] }) }),
    };
    open.fetchers.push(allowed.fetcher);
    expect((await drain(there, allowed)).error).toMatchObject({ code: "AddressRefused", kind: "terminal" });
    expect(there.hits).toHaveLength(1);
  });
});

describe("it ends at once", () => {
  test("when the signal aborts in the middle, and the connection is closed", async () => {
    const abort = new AbortController();
    const there = await bench((_, response) => void response.writeHead(200).write(content.subarray(0, 1000)));
    const closed = (): Promise<unknown> => new Promise((done) => there.hits[0]?.socket.once("close", done));
    const reading = drain(there, { signal: abort.signal, onProgress: () => abort.abort(new Error("stopped")) });
    expect((await reading).error?.message).toBe("stopped");
    await closed();
  });

  test("when the signal aborts during a pause", async () => {
    const abort = new AbortController();
    const there = await bench((_, response) => response.writeHead(503).end());
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => {
        const sleeping = systemClock.sleep(ms, signal);
        abort.abort(new Error("stopped"));
        return sleeping;
      },
    };
    expect((await drain(there, { clock, signal: abort.signal })).error?.message).toBe("stopped");
  });

  test("when the reader leaves, and the connection is closed", async () => {
    const there = await bench((_, response) => {
      response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, 200_000));
    });
    for await (const _ of streamFile(there.file, there.options)) break;
    await expect.poll(() => there.hits[0]?.socket.destroyed).toBe(true);
  });
});
