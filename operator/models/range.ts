/** Reads the part of a file that was asked for, and believes a server only when it says that it is that part. */
import type { FetchedResponse } from "../addresses/fetcher.ts";
import { asModelError } from "./fetch-failure.ts";
import { ModelError } from "./model-error.ts";

export interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * The bytes from `first` to `last`, or fewer where the file ends before. A server that sends the whole file instead is
 * read up to the part and left then. Throws `BadAnswer` where other bytes come, `Unreachable` where they break off.
 */
export async function readRange(response: FetchedResponse, range: Range, name: string): Promise<Uint8Array> {
  const start = startOf(response);
  if (start !== range.first && start !== 0) {
    response.body.discard();
    throw new ModelError("BadAnswer", `${name}: the server sends another part of the file than was asked for`);
  }
  try {
    return await take(response.body, range.first - start, range.last + 1 - range.first);
  } catch (error) {
    throw asModelError(error, name);
  }
}

/** Where in the file an answer begins; `undefined` where it does not say. */
export function startOf(response: Pick<FetchedResponse, "status" | "headers">): number | undefined {
  if (response.status === 200) return 0;
  const match = /^bytes (\d{1,15})-\d{1,15}\/(?:\d{1,15}|\*)$/i.exec(response.headers["content-range"] ?? "");
  return response.status === 206 && match ? Number(match[1]) : undefined;
}

/** `length` bytes after the first `skip`; the rest is not read. */
async function take(body: AsyncIterable<Uint8Array>, skip: number, length: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for await (const chunk of body) {
    const wanted = chunk.subarray(Math.max(0, skip - at), Math.max(0, skip + length - at));
    if (wanted.length > 0) chunks.push(wanted);
    at += chunk.length;
    if (at >= skip + length) break;
  }
  return Buffer.concat(chunks);
}
