/** The SSH key by which the person proposes and votes: made once per state directory, and the person's to keep. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Signer } from "../../../../governance/git/repository.ts";
import { newEd25519Key } from "../../../../governance/signatures/new-key.ts";
import { openSshKeySigner } from "../../../../governance/signatures/open-ssh-signer.ts";
import { readOrCreate, writeAtomically } from "../../state/write.ts";

export interface MemberKey {
  /** Of the private file, in OpenSSH's form, mode 0600; the public one beside it ends in `.pub`. */
  readonly path: string;
  /** As `members.yaml` has it: type, base64, comment. */
  readonly line: string;
  readonly signer: Signer;
}

/** `secrets`: folder of what is made once. Throws a SignerError where somebody put something else there that cannot sign. */
export async function memberKey(secrets: string, name: string): Promise<MemberKey> {
  const path = join(secrets, "member-key");
  const comment = `${name}@commonhold`;
  readOrCreate(path, () => newEd25519Key({ random: randomBytes, comment }).privateFile);
  const signer = await openSshKeySigner(path);
  const line = `${signer.publicKey} ${comment}`;
  writeAtomically(`${path}.pub`, `${line}\n`);
  return { path, line, signer };
}
