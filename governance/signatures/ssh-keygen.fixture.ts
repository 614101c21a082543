/** The real `ssh-keygen`, and keys that it made, in a folder of their own. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KeyFolder {
  readonly path: string;
  file(name: string, content: string | Uint8Array, mode?: number): string;
  /** Makes a key; the path of its private half. */
  key(name: string, args: readonly string[], passphrase?: string): string;
  /** `type base64`. */
  publicKey(keyPath: string): string;
  sign(keyPath: string, payload: Uint8Array, more?: { readonly hash?: string; readonly namespace?: string }): string;
  /** What `ssh-keygen -Y verify` says, for somebody whose only key is `publicKey`. */
  accepts(publicKey: string, armored: string, payload: Uint8Array, namespace?: string): boolean;
  remove(): void;
}

export function keyFolder(): KeyFolder {
  const path = mkdtempSync(join(tmpdir(), "commonhold-keys-"));
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" };
  const file: KeyFolder["file"] = (name, content, mode = 0o600) => {
    writeFileSync(join(path, name), content, { mode });
    return join(path, name);
  };
  return {
    path,
    file,
    key: (name, args, passphrase = "") => {
      const keyPath = join(path, name);
      execFileSync("ssh-keygen", ["-q", "-N", passphrase, "-C", "somebody", "-f", keyPath, ...args], { env });
      return keyPath;
    },
    publicKey: (keyPath) => readFileSync(`${keyPath}.pub`, "utf8").split(" ").slice(0, 2).join(" "),
    sign: (keyPath, payload, { hash = "sha512", namespace = "git" } = {}) => {
      const args = ["-q", "-Y", "sign", "-f", keyPath, "-n", namespace, "-O", `hashalg=${hash}`];
      return execFileSync("ssh-keygen", args, { env, input: payload, stdio: ["pipe", "pipe", "ignore"] }).toString();
    },
    accepts: (publicKey, armored, payload, namespace = "git") => {
      const [signature, allowed] = [file("signature", armored), file("allowed", `somebody ${publicKey}\n`)];
      const args = ["-q", "-Y", "verify", "-f", allowed, "-I", "somebody", "-n", namespace, "-s", signature];
      return spawnSync("ssh-keygen", args, { env, input: payload }).status === 0;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
