/**
 * Base 64 of RFC 4648 section 4, in the one spelling that an encoder makes. Node's own decoder also takes spaces, missing
 * padding, the URL alphabet and stray bits, and a signed line with two spellings could be told apart from itself.
 */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
