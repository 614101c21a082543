/**
 * The SSH key by which a person is known: the one that is named, by a flag or by a variable of the environment, else the one with
 * which their git signs, else the usual one.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { parseSshKey } from "../../governance/constitution/documents/ssh-key.ts";
import type { Signer } from "../../governance/git/repository.ts";
import { openSshKeySigner } from "../../governance/signatures/open-ssh-signer.ts";
import { readIfPresent } from "../up/state/write.ts";
import { PolicyRefusal } from "./refusal.ts";
import type { Surroundings } from "./surroundings.ts";
import { askUserGit } from "./user-git.ts";

/** File of the key; `npm start` writes it into its settings. */
export const keyVariable = "COMMONHOLD_MEMBER_KEY";

/** Throws a PolicyRefusal where there is none, and a SignerError where it cannot sign. */
export async function personSigner(named: string | undefined, around: Surroundings): Promise<Signer> {
  const { env, signal } = around;
  const path = await keyPath(named ?? (env[keyVariable] || undefined), around);
  return openSshKeySigner(path, { environment: env, isInteractive: around.ask !== undefined, signal });
}

async function keyPath(named: string | undefined, around: Surroundings): Promise<string> {
  if (named !== undefined) return wholePath(named, around);
  const usual = join(home(around), ".ssh", "id_ed25519");
  const ofGit = await keyOfGit(around);
  if (ofGit !== undefined) return ofGit;
  if (existsSync(usual)) return usual;
  throw new PolicyRefusal(
    `no key to sign with: there is no ${usual}, and git has no SSH key in user.signingkey; give --key FILE, or make a key with ssh-keygen -t ed25519`,
  );
}

/** Undefined where git signs with something else than SSH. */
async function keyOfGit(around: Surroundings): Promise<string | undefined> {
  const read = (name: string) => askUserGit(around, around.cwd, ["config", "--get", name]);
  const key = (await read("user.signingkey")) ?? "";
  if (key === "" || (await read("gpg.format")) !== "ssh") return undefined;
  if (key.startsWith("key::") || key.startsWith("ssh-")) {
    throw new PolicyRefusal(
      "user.signingkey of git holds the key itself: give the file of that key with --key FILE (the .pub file, where an agent has the other half)",
    );
  }
  return wholePath(key, around);
}

function wholePath(path: string, around: Surroundings): string {
  if (path === "~" || path.startsWith("~/")) return join(home(around), path.slice(1));
  return isAbsolute(path) ? path : resolve(around.cwd, path);
}

function home({ env }: Surroundings): string {
  return env["HOME"] || homedir();
}

export interface PublicKeyLine {
  /** `type base64`. */
  readonly key: string;
  /** With its comment, where that is a plain one such as `alice@laptop`. */
  readonly line: string;
}

/** A public key from a file that somebody gave. Throws a PolicyRefusal that says what is in it instead. */
export function publicKeyFile(named: string, around: Surroundings): PublicKeyLine {
  const path = wholePath(named, around);
  const text = readText(path);
  if (/PRIVATE KEY-----/.test(text)) {
    const beside = existsSync(`${path}.pub`) ? `: give ${path}.pub` : "";
    throw new PolicyRefusal(
      `${path} is a private key, which stays where it is${beside || "; give the .pub file of it"}`,
    );
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const [line = ""] = lines;
  if (lines.length !== 1) {
    throw new PolicyRefusal(
      `${path} holds ${lines.length} lines: give a file with one public key, as ssh-keygen writes it`,
    );
  }
  const parsed = parseSshKey(line.trim());
  if ("wrong" in parsed) throw new PolicyRefusal(`${path} ${parsed.wrong}`);
  const comment = line.trim().slice(parsed.key.length).trim();
  return { key: parsed.key, line: plainComment.test(comment) ? `${parsed.key} ${comment}` : parsed.key };
}

/** Means nothing in YAML. */
const plainComment = /^[A-Za-z0-9][A-Za-z0-9@._-]{0,99}$/;
const keyFileBytesMax = 65_536;

function readText(path: string): string {
  let text: string | undefined;
  try {
    text = readIfPresent(path);
  } catch (cause) {
    throw new PolicyRefusal(`${path} cannot be read`, { cause });
  }
  if (text === undefined) throw new PolicyRefusal(`there is no file ${path}: give the .pub file of the key`);
  if (text.length > keyFileBytesMax) throw new PolicyRefusal(`${path} is no key file: it is too large`);
  return text;
}
