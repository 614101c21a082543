/**
 * What commits and tags have in common: lines `name value`, continued by lines that begin with a space, then an empty line,
 * then the message.
 */
export interface Header {
  readonly name: string;
  /** Lines that continue it are joined with line feeds. */
  readonly value: string;
  /** Where it begins and ends in the object; the end is after its line feed. */
  readonly from: number;
  readonly to: number;
}

export interface HeadersAndMessage {
  readonly headers: readonly Header[];
  readonly message: Buffer;
}

/** Undefined where the headers do not end with an empty line, or one is no header. */
export function splitHeaders(bytes: Buffer): HeadersAndMessage | undefined {
  const headers: Header[] = [];
  let at = 0;
  while (at < bytes.length && headers.length < headersMax) {
    if (bytes[at] === lineFeed) return { headers, message: bytes.subarray(at + 1) };
    const header = headerAt(bytes, at);
    if (!header) return undefined;
    headers.push(header);
    at = header.to;
  }
  // git writes a commit without a message, and without the empty line, where it is asked to.
  return at === bytes.length && headers.length > 0 ? { headers, message: Buffer.alloc(0) } : undefined;
}

/** Text that is shown or parsed, never signed: at most `bytesMax` bytes of it, without the line feed that ends it. */
export function messageText(bytes: Buffer, bytesMax: number): string {
  const whole = bytes.at(-1) === lineFeed ? bytes.subarray(0, -1) : bytes;
  return whole.subarray(0, bytesMax).toString("utf8");
}

/** Milliseconds since 1970 of `Name <mail> seconds zone`; undefined where it is not of that form. */
export function timeOf(person: string): number | undefined {
  const [, seconds] = /^[^<>\n\0]*<[^<>\n\0]*> (\d{1,12}) [+-]\d{4}$/.exec(person) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function headerAt(bytes: Buffer, from: number): Header | undefined {
  let to = lineEnd(bytes, from);
  while (to < bytes.length && bytes[to] === space) to = lineEnd(bytes, to);
  if (bytes[to - 1] !== lineFeed) return undefined;
  const text = bytes.toString("utf8", from, to - 1).replaceAll("\n ", "\n");
  const cut = text.indexOf(" ");
  return cut > 0 ? { name: text.slice(0, cut), value: text.slice(cut + 1), from, to } : undefined;
}

/** After the line feed, or the end of the object. */
function lineEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(lineFeed, from);
  return end < 0 ? bytes.length : end + 1;
}

const lineFeed = 0x0a;
const space = 0x20;
const headersMax = 10_000;
