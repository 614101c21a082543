import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFramer, errorFrame, type Framing, framingOf } from "./framing.ts";

const separators = { events: "\n\n", lines: "\n", none: "|" };

describe("frames", () => {
  test("whatever is sent and however it is cut, the same bytes come out, and before the end only whole frames", () => {
    const framings = fc.constantFrom<Framing>("events", "lines", "none");
    const parts = fc.array(
      fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom("a", "é", ":", " ", "\r") }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        framings,
        parts,
        fc.string({ maxLength: 3, unit: "grapheme-ascii" }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (framing, frames, tail, cuts) => {
          const separator = separators[framing];
          const bytes = Buffer.from(frames.map((frame) => frame.trim() + separator).join("") + tail);
          const framer = createFramer(framing);
          const out: Buffer[] = [];
          for (let at = 0, cut = 0; at < bytes.length; cut++) {
            const size = cuts[cut % cuts.length]!;
            out.push(Buffer.from(framer.push(bytes.subarray(at, at + size))));
            at += size;
            const sent = Buffer.concat(out).toString("latin1");
            if (framing !== "none") expect(sent === "" || sent.endsWith(separator)).toBe(true);
          }
          out.push(framer.end());
          expect(Buffer.concat(out).equals(bytes)).toBe(true);
        },
      ),
    );
  });

  test("are counted", () => {
    const framer = createFramer("events");
    framer.push(Buffer.from("data: 1\n\ndata: 2\n"));
    expect(framer.frames).toBe(1);
    framer.push(Buffer.from("\ndata: 3\r\n\r\n"));
    expect(framer.frames).toBe(3);
  });

  test("of CR LF are frames, too", () => {
    expect(createFramer("events").push(Buffer.from("data: 1\r\n\r\nda")).toString()).toBe("data: 1\r\n\r\n");
  });

  test("that are very long go out in pieces instead of filling the memory", () => {
    const framer = createFramer("lines");
    expect(framer.push(Buffer.alloc(300 * 1024, "x")).length).toBe(300 * 1024);
  });
});

describe("the form of an answer is known by its type", () => {
  const types: Record<string, Framing> = {
    "text/event-stream": "events",
    "Text/Event-Stream; charset=utf-8": "events",
    "application/x-ndjson": "lines",
    "application/json": "none",
    "application/json; charset=utf-8": "none",
    "": "none",
  };
  for (const [type, framing] of Object.entries(types))
    test(type || "no type", () => expect(framingOf(type)).toBe(framing));
});

describe("an error within an answer", () => {
  test("is an event, a line, or has no place", () => {
    expect(errorFrame("events", { error: 1 })).toBe('data: {"error":1}\n\n');
    expect(errorFrame("lines", { error: 1 })).toBe('{"error":1}\n');
    expect(errorFrame("none", { error: 1 })).toBeUndefined();
  });
});
