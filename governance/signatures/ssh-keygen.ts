/** Signs with a key that this process cannot or must not open: with a passphrase, in an agent, on a security key. */
import { spawn } from "node:child_process";
import { printable } from "../../operator/text/printable.ts";
import { SignerError } from "./signer-error.ts";

export interface SshKeygenOptions {
  /** Of the private key, or of the public one whose other half an agent holds. */
  readonly path: string;
  readonly namespace: string;
  /** `process.env` of a main file. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a passphrase may be asked for on the terminal. */
  readonly isInteractive: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The armored signature. Throws a `SignerError`; rejects with the signal's reason where it aborts. */
export function signWithSshKeygen(payload: Uint8Array, options: SshKeygenOptions): Promise<string> {
  const { path, namespace, environment, isInteractive, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const child = spawn("ssh-keygen", ["-Y", "sign", "-n", namespace, "-f", path], {
      env: variablesOf(environment, isInteractive),
      stdio: ["pipe", "pipe", "pipe"],
      // A session of its own has no terminal, so that nothing waits for an answer that nobody gives.
      detached: !isInteractive,
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    const onAbort = (): void => void child.kill("SIGKILL");
    signal?.addEventListener("abort", onAbort, { once: true });
    child.stdin.on("error", () => {});
    child.stdin.end(payload);
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    child.once("error", (error) => {
      signal?.removeEventListener("abort", onAbort);
      reject(missing(error, path));
    });
    child.once("close", (code) => {
      signal?.removeEventListener("abort", onAbort);
      if (signal?.aborted) return reject(signal.reason);
      if (code === 0) return resolve(Buffer.concat(output).toString("latin1"));
      const said = printable(Buffer.concat(errors).toString("utf8").trim().split("\n").slice(-2).join("; "), 300);
      reject(new SignerError("failed", `ssh-keygen could not sign with ${path}: ${said}`));
    });
  });
}

function variablesOf(environment: SshKeygenOptions["environment"], isInteractive: boolean): Record<string, string> {
  const names = isInteractive ? [...inherited, ...forAsking] : inherited;
  const kept = names.flatMap((name): [string, string][] => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  const asking = isInteractive ? {} : { SSH_ASKPASS_REQUIRE: "never" };
  return { PATH: defaultPath, ...Object.fromEntries(kept), ...asking, LC_ALL: "C" };
}

function missing(error: Error, path: string): SignerError {
  const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
  const text = isMissing
    ? `ssh-keygen was not found, and the key ${path} cannot be used without it: install OpenSSH 8.2 or newer, or give an Ed25519 key without a passphrase`
    : `ssh-keygen could not be started: ${error.message}`;
  return new SignerError("unusable", text, error);
}

const defaultPath = "/usr/local/bin:/usr/bin:/bin";
const inherited = ["PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "SSH_SK_PROVIDER", "SSH_SK_HELPER"];
const forAsking = ["TERM", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"];
