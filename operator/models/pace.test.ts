import { describe, expect, test } from "vitest";
import { ManualClock } from "../clock/manual.ts";
import { keepingPace, paceBytesMin, paceWindowMs } from "./pace.ts";

/** `chunks` of `bytes` each, one every `everyMs` of the clock. */
async function* server(clock: ManualClock, chunks: number, bytes: number, everyMs: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < chunks; i++) {
    await clock.advance(everyMs);
    yield new Uint8Array(bytes);
  }
}

async function read(source: AsyncIterable<Uint8Array>, clock: ManualClock, readerMs = 0): Promise<number> {
  let received = 0;
  for await (const chunk of keepingPace(source, clock, "https://example.org/a")) {
    received += chunk.length;
    await clock.advance(readerMs);
  }
  return received;
}

describe("bytes pass", () => {
  test("when they come fast enough, however long it takes in all", async () => {
    const clock = new ManualClock();
    expect(await read(server(clock, 20, paceBytesMin, paceWindowMs), clock)).toBe(20 * paceBytesMin);
  });

  test("when it is the reader who is slow", async () => {
    const clock = new ManualClock();
    expect(await read(server(clock, 50, 10, 1), clock, paceWindowMs)).toBe(500);
  });

  test("when a short file comes slowly", async () => {
    const clock = new ManualClock();
    expect(await read(server(clock, 3, 1, 30_000), clock)).toBe(3);
  });
});

test("a server that only trickles is left after the window", async () => {
  const clock = new ManualClock();
  const started = clock.now();
  await expect(read(server(clock, 1000, 1, 50_000), clock)).rejects.toMatchObject({
    code: "Timeout",
    kind: "transient",
  });
  expect(clock.now() - started).toBe(150_000);
});
