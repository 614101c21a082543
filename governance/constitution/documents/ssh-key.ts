/**
 * SSH public keys as `ssh-keygen` writes them: type, base64, comment. What counts is type and base64; a comment is for
 * people, and the same key under another comment is the same key. The binary form repeats the type: a line whose two
 * types differ would be one key to us and another to OpenSSH.
 */

const types: ReadonlySet<string> = new Set([
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
]);

/** Smaller RSA keys can be broken by who has the means. */
const rsaBitsMin = 2048;

/** `type base64`, or a sentence that says what is wrong. */
export function parseSshKey(text: string): { readonly key: string } | { readonly wrong: string } {
  const match = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})( [^\s].*)?$/.exec(text);
  const [, type = "", base64 = ""] = match ?? [];
  if (!match) return { wrong: "is no public SSH key: one line of type, base64 and comment" };
  if (!types.has(type)) return { wrong: `is of type ${type.slice(0, 40)}, which is not taken` };
  const blob = Buffer.from(base64, "base64");
  const fields = fieldsOf(blob);
  if (blob.toString("base64") !== base64 || fields?.[0]?.toString("latin1") !== type) {
    return { wrong: "is damaged: its base64 does not hold a key of the type before it" };
  }
  if (type === "ssh-ed25519" && (fields.length !== 2 || fields[1]?.length !== 32)) {
    return { wrong: "is damaged: an ssh-ed25519 key has 32 bytes" };
  }
  if (type === "ssh-rsa" && bitsOf(fields[2]) < rsaBitsMin) {
    return { wrong: `has ${bitsOf(fields[2])} bits, ${rsaBitsMin} are the least` };
  }
  return { key: `${type} ${base64}` };
}

/** Fields with a length of four bytes before each (RFC 4251, section 5); undefined where they do not fill the blob. */
function fieldsOf(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= blob.length) {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return at === blob.length ? fields : undefined;
}

function bitsOf(modulus: Buffer | undefined): number {
  const digits = modulus?.toString("hex").replace(/^0+/, "") ?? "";
  return digits === "" ? 0 : BigInt(`0x${digits}`).toString(2).length;
}
