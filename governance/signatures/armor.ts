/** Base 64 between two lines that say what it is, as OpenSSH writes keys and signatures. */

/** The bytes, or undefined where it is not exactly that: other lines, other spellings of the base 64, too long. */
export function dearmored(text: string, label: string, charsMax: number): Buffer | undefined {
  if (text.length > charsMax) return undefined;
  const [first, ...rest] = text.endsWith("\n") ? text.slice(0, -1).split("\n") : text.split("\n");
  const last = rest.pop();
  if (first !== `-----BEGIN ${label}-----` || last !== `-----END ${label}-----`) return undefined;
  if (rest.length === 0 || rest.some((line) => line === "" || line.length > lineCharsMax)) return undefined;
  const base64 = rest.join("");
  const bytes = Buffer.from(base64, "base64");
  // One spelling only: Node's decoder also takes other alphabets, missing padding and stray bits.
  return bytes.toString("base64") === base64 ? bytes : undefined;
}

export function armored(bytes: Uint8Array, label: string): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,70}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

const lineCharsMax = 76;
