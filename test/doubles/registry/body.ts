/** What a fault does to the bytes of an answer on their way: changes, slows, cuts or stops them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Act } from "./faults.ts";

/** `answer` is what gets the bytes; its connection is cut where the act says so. */
export function spoiling(act: Act | undefined, response: IncomingMessage, answer: ServerResponse): Transform {
  const change = changing(act, firstByte(response));
  const bytesPerSecond = act?.kind === "slow" || act?.kind === "flip" ? act.bytesPerSecond : undefined;
  let at = 0;
  return new Transform({
    async transform(chunk: Buffer, _encoding, done) {
      const from = at;
      at += chunk.length;
      const part = change(chunk, from);
      if (bytesPerSecond !== undefined) return done(await trickle(this, part, bytesPerSecond));
      if (act?.kind !== "cut" && act?.kind !== "stall") return done(null, part);
      if (at <= act.afterBytes) return done(null, part);
      this.push(part.subarray(0, Math.max(0, act.afterBytes - from)));
      // What was sent before the reset arrives; `stall` never calls `done` again and leaves the connection open.
      if (act.kind === "cut") setImmediate(() => answer.socket?.destroy());
    },
  });
}

/** `first`: where the answer begins in the whole file. */
function changing(act: Act | undefined, first: number): (chunk: Buffer, from: number) => Buffer {
  if (act?.kind !== "flip") return (chunk) => chunk;
  return (chunk, from) => flipped(chunk, act.atByte - from - first);
}

/** In pieces of a twentieth of a second, until the reader has left. */
async function trickle(out: Transform, chunk: Buffer, bytesPerSecond: number): Promise<null> {
  const pieceBytes = Math.max(1, Math.floor(bytesPerSecond / 20));
  for (let at = 0; at < chunk.length && !out.destroyed; at += pieceBytes) {
    await sleep(50);
    out.push(chunk.subarray(at, at + pieceBytes));
  }
  return null;
}

function firstByte(response: IncomingMessage): number {
  return Number(/^bytes (\d+)-/.exec(response.headers["content-range"] ?? "")?.[1] ?? 0);
}

function flipped(chunk: Buffer, at: number): Buffer {
  if (at < 0 || at >= chunk.length) return chunk;
  const changed = Buffer.from(chunk);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
