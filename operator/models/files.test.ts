import type { IncomingMessage, ServerResponse } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fetcherFor, type Handler } from "../../test/doubles/web/server.ts";
import { bench, content, cutting, drain, firstByte, whole } from "../../test/models/file-bench.ts";
import { runs } from "../../test/runs.ts";
import type { Clock } from "../clock/clock.ts";
import { systemClock } from "../clock/system.ts";
import { fruitlessTriesMax, streamFile, triesMax } from "./files.ts";

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
    runs(6),
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
    const allowed = { fetcher: fetcherFor([`127.0.0.1:${there.port}`]) };
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
