/** Cuts a stream of bytes into lines and parses each as JSON; a last line without its end is dropped. */

import { KubeError } from "./errors.ts";

/** An object may be 1.5 MB in etcd; JSON with its managed fields is larger, never by so much. */
const lineBytesMax = 16 * 1024 * 1024;
const lineFeed = 10;

export async function* jsonLines(body: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<unknown> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      parts.push(chunk.subarray(from, end));
      const line = Buffer.concat(parts).toString("utf8");
      parts = [];
      bytes = 0;
      from = end + 1;
      if (line.trim() !== "") yield parseLine(line, what);
    }
    if (from < chunk.byteLength) parts.push(chunk.subarray(from));
    bytes += chunk.byteLength - from;
    if (bytes > lineBytesMax) {
      throw new KubeError(`${what}: a line is longer than ${lineBytesMax} bytes`, { reason: "BrokenAnswer" });
    }
  }
}

/** The parser's own error quotes the line, which may be a Secret; so it is not kept as a cause. */
function parseLine(line: string, what: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // said below
  }
  throw new KubeError(`${what}: a line is no JSON object (${line.length} characters)`, { reason: "BrokenAnswer" });
}
