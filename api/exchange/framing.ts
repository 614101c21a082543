/**
 * The frames that a streamed answer consists of: server-sent events or one JSON object per line. Bytes go through unchanged; a frame
 * whose end has not come yet is held back until it does (no client can use half a frame), so that when a host dies in the middle of
 * one, the error that follows stands on its own instead of being glued to a torn piece.
 */

export type Framing = "events" | "lines" | "none";

export function framingOf(contentType: string): Framing {
  const [type = ""] = contentType.split(";");
  switch (type.trim().toLowerCase()) {
    case "text/event-stream":
      return "events";
    case "application/x-ndjson":
    case "application/jsonl":
      return "lines";
    default:
      return "none";
  }
}

/** A frame longer than this is passed on in pieces. */
const heldBytesMax = 256 * 1024;

export interface Framer {
  /** What of all bytes so far may go out now. */
  push(chunk: Buffer): Buffer;
  /** The rest, when the answer ended well. */
  end(): Buffer;
  /** Whole frames seen. */
  readonly frames: number;
}

const nothing = Buffer.alloc(0);

export function createFramer(framing: Framing): Framer {
  if (framing === "none") return { push: (chunk) => chunk, end: () => nothing, frames: 0 };
  let held: Buffer = nothing;
  let frames = 0;
  return {
    get frames() {
      return frames;
    },
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const { end, count } = lastFrameEnd(bytes, framing);
      frames += count;
      const passed = bytes.length - end > heldBytesMax ? bytes.length : end;
      held = bytes.subarray(passed);
      return bytes.subarray(0, passed);
    },
    end() {
      const rest = held;
      held = nothing;
      return rest;
    },
  };
}

/** `data: {json}` and an empty line, or a line of JSON. `undefined`: this answer has no place for an error. */
export function errorFrame(framing: Framing, body: unknown): string | undefined {
  if (framing === "events") return `data: ${JSON.stringify(body)}\n\n`;
  return framing === "lines" ? `${JSON.stringify(body)}\n` : undefined;
}

/** Events end with an empty line (LF LF or CR LF CR LF), lines with LF. */
function lastFrameEnd(bytes: Buffer, framing: "events" | "lines"): { end: number; count: number } {
  let end = 0;
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    if (framing === "events" && !endsEvent(bytes, at)) continue;
    end = at + 1;
    count++;
  }
  return { end, count };
}

function endsEvent(bytes: Buffer, at: number): boolean {
  if (bytes[at - 1] === 0x0a) return true;
  return bytes[at - 1] === 0x0d && bytes[at - 2] === 0x0a;
}
