import { X509Certificate } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readIfPresent } from "../state/write.ts";

/** The API server makes a certificate of its own in `--cert-dir`, valid for a year, when it finds none there. */
const certificateFile = "apiserver.crt";
const keyFile = "apiserver.key";
const renewBeforeMs = 30 * 24 * 3_600_000;

/** The certificate with its authority, PEM; undefined until the server has made it. */
export function readCertificate(directory: string): string | undefined {
  return readIfPresent(join(directory, certificateFile));
}

/** Removes a certificate that ends soon or cannot be read, so that the server makes a new one when it starts. */
export function dropOldCertificate(directory: string, now: number): void {
  const text = readCertificate(directory);
  if (text !== undefined && isGood(text, now)) return;
  for (const name of [certificateFile, keyFile]) rmSync(join(directory, name), { force: true });
}

function isGood(text: string, now: number): boolean {
  try {
    return Date.parse(new X509Certificate(text).validTo) - now > renewBeforeMs;
  } catch {
    // Cut short by a crash while it was written.
    return false;
  }
}
