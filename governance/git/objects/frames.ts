/**
 * Answers of `git cat-file --batch-command`, cut out of its stream:
 * `<oid> <type> <size>\n`, after `contents` also the bytes and `\n`; or `<name> missing\n`, `<name> ambiguous\n`.
 */
import type { ObjectType } from "./format.ts";

export interface ObjectHead {
  readonly oid: string;
  readonly type: ObjectType;
  readonly size: number;
}

export type Answer = { readonly head: ObjectHead; readonly bytes?: Buffer } | "missing";

export interface Question {
  readonly verb: "info" | "contents";
  readonly name: string;
  /** Of the contents. */
  readonly bytesMax: number;
}

/** Thrown by `FrameReader` where the stream is not what was asked for; nothing after it can be understood. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;
  #head: ObjectHead | undefined;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The answer to `question`, which is the oldest one not answered yet; undefined while it has not come whole. */
  next(question: Question): Answer | undefined {
    if (!this.#head) {
      const line = this.#line();
      if (line === undefined) return undefined;
      if (line === `${question.name} missing` || line === `${question.name} ambiguous`) return "missing";
      const head = headOf(line);
      if (question.verb === "info") return { head };
      if (head.size > question.bytesMax)
        throw new FrameError(`sent ${head.size} bytes, ${question.bytesMax} were expected`);
      this.#head = head;
    }
    const head = this.#head;
    if (this.#length < head.size + 1) return undefined;
    const bytes = this.#take(head.size);
    if (this.#take(1)[0] !== lineFeed) throw new FrameError("did not end an object with a line feed");
    this.#head = undefined;
    return { head, bytes };
  }

  /** Bytes that belong to no answer yet. */
  get pending(): number {
    return this.#length;
  }

  #line(): string | undefined {
    const [first] = this.#chunks;
    let end = first?.indexOf(lineFeed) ?? -1;
    if (end < 0 && this.#chunks.length > 1) {
      this.#chunks = [Buffer.concat(this.#chunks)];
      end = this.#chunks[0]?.indexOf(lineFeed) ?? -1;
    }
    if (end < 0) {
      if (this.#length > lineBytesMax) throw new FrameError(`sent a line of more than ${lineBytesMax} bytes`);
      return undefined;
    }
    return this.#take(end + 1)
      .subarray(0, -1)
      .toString("utf8");
  }

  #take(length: number): Buffer {
    const first = this.#chunks[0];
    const whole = first !== undefined && first.length >= length ? first : Buffer.concat(this.#chunks);
    if (whole !== first) this.#chunks = [whole];
    const rest = whole.subarray(length);
    if (rest.length === 0) this.#chunks.shift();
    else this.#chunks[0] = rest;
    this.#length -= length;
    return whole.subarray(0, length);
  }
}

function headOf(line: string): ObjectHead {
  const [, oid, type, size] = /^([0-9a-f]{40}|[0-9a-f]{64}) (blob|tree|commit|tag) (\d{1,15})$/.exec(line) ?? [];
  if (oid === undefined || type === undefined) throw new FrameError("sent a line that is no answer");
  return { oid, type: type as ObjectType, size: Number(size) };
}

const lineFeed = 0x0a;
const lineBytesMax = 8_192;
