/**
 * Signs with a key file that somebody has already. A plain Ed25519 key signs in this process; for every other one
 * `ssh-keygen` does, and what it gives back is checked.
 */
import { readFile } from "node:fs/promises";
import type { Signer } from "../git/repository.ts";
import { ed25519Signer } from "./ed25519-signer.ts";
import { parsePrivateKeyFile } from "./private-key-file.ts";
import { parsePublicKey } from "./public-key.ts";
import { gitNamespace } from "./signature-of.ts";
import { SignerError } from "./signer-error.ts";
import { signWithSshKeygen } from "./ssh-keygen.ts";
import { verifySshSignature } from "./verify.ts";

export interface OpenSshSignerOptions {
  /** `process.env` of a main file: for `ssh-keygen` and the agent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether a passphrase may be asked for on the terminal; not where left out. */
  readonly isInteractive?: boolean;
  readonly namespace?: string;
  readonly signal?: AbortSignal;
}

/** `path`: of a private key, or of the public one whose other half is in an agent. Throws a `SignerError`. */
export async function openSshKeySigner(path: string, options: OpenSshSignerOptions = {}): Promise<Signer> {
  const { environment = {}, isInteractive = false, namespace = gitNamespace, signal } = options;
  const text = await textOf(path);
  const file = parsePrivateKeyFile(text);
  if (file?.seed) return ed25519Signer(file.seed, namespace);
  const publicKey = publicKeyOf(file?.publicKey ?? (await publicBlob(path, text)), path);
  return {
    publicKey,
    sign: async (payload) => {
      const armored = await signWithSshKeygen(payload, { path, namespace, environment, isInteractive, signal });
      const checked = verifySshSignature({ payload, armored, namespace });
      if (checked?.isValid && checked.key === publicKey) return armored;
      throw new SignerError("failed", `what ssh-keygen made with ${path} is no signature by its key`);
    },
  };
}

async function textOf(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length <= fileBytesMax) return bytes.toString("latin1");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const why = isMissing ? "there is no such file" : (error as Error).message;
    throw new SignerError(isMissing ? "missing" : "unusable", `the key ${path} cannot be read: ${why}`, error);
  }
  throw new SignerError("unusable", `${path} is no key file: it has more than ${fileBytesMax} bytes`);
}

/** A public file, or the one beside a private key of an older form, which does not show its public half. */
async function publicBlob(path: string, text: string): Promise<Uint8Array | undefined> {
  const line = /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) ? await textOf(`${path}.pub`) : text;
  const [, base64] = /^[a-z0-9@.-]+ ([A-Za-z0-9+/]+={0,2})(?: [^\n]*)?\n?$/.exec(line) ?? [];
  return base64 === undefined ? undefined : Buffer.from(base64, "base64");
}

function publicKeyOf(blob: Uint8Array | undefined, path: string): string {
  const key = blob && parsePublicKey(blob);
  if (key) return key.text;
  throw new SignerError(
    "unusable",
    `${path} is no SSH key that can sign: give an Ed25519, ECDSA, RSA (2048 bits or more) or sk-ssh-ed25519 key`,
  );
}

const fileBytesMax = 65_536;
