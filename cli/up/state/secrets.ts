import { generateKeyPairSync, randomBytes } from "node:crypto";
import { join } from "node:path";
import { readOrCreate } from "./write.ts";

/** A random token of 256 bits in URL-safe characters, made once per name and kept in `directory` (mode 0600). */
export function keptToken(directory: string, name: string): string {
  return readOrCreate(join(directory, name), randomToken).trim();
}

/** A PEM private key (ECDSA P-256), made once and kept. Returns its path. */
export function keptSigningKey(directory: string, name: string): string {
  const path = join(directory, name);
  readOrCreate(path, () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return privateKey.export({ type: "sec1", format: "pem" }).toString();
  });
  return path;
}

export function randomToken(): string {
  return randomBytes(32).toString("base64url");
}
