/** Reads an answer's body whole, within a bound. */

import { KubeError } from "./errors.ts";

export async function readBody(body: AsyncIterable<Uint8Array>, bytesMax: number, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) {
      throw new KubeError(`${what}: the answer is larger than ${bytesMax} bytes`, { status: 200, reason: "TooLarge" });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
