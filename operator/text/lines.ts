/** Cuts a stream of bytes into lines, each within a bound: a line that never ends must not fill the memory. */

export interface LinesOptions {
  /** Of one line, without its end. */
  readonly bytesMax: number;
  /** Made where a line is longer. */
  readonly tooLong: (bytesMax: number) => Error;
}

/**
 * Yields each line without its end (LF, with a CR before it or not), and at last what stands after the last end, where
 * that is not empty. Leaving early leaves the source too.
 */
export async function* lines(
  source: AsyncIterable<Uint8Array>,
  { bytesMax, tooLong }: LinesOptions,
): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      parts.push(chunk.subarray(from, at));
      if (length + at - from > bytesMax) throw tooLong(bytesMax);
      yield textOf(parts);
      parts = [];
      length = 0;
      from = at + 1;
    }
    if (from === chunk.length) continue;
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > bytesMax) throw tooLong(bytesMax);
  }
  if (length > 0) yield textOf(parts);
}

const lineFeed = 0x0a;

function textOf(parts: readonly Uint8Array[]): string {
  const text = Buffer.concat(parts).toString("utf8");
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}
