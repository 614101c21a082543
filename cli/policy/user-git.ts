/**
 * The person's own git in the person's own clone: their settings, their keys, their ignore files. Only what they have there is read
 * with it; whatever is signed, judged or sent goes through `governance/git`.
 */
import { execFile } from "node:child_process";
import { printable } from "../../operator/text/printable.ts";
import { PolicyRefusal } from "./refusal.ts";
import type { Surroundings } from "./surroundings.ts";

const outputBytesMax = 64 * 1024 * 1024;

export interface UserGitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Standard output without its last line end. Throws a PolicyRefusal with what git said. */
export async function userGit(
  around: Surroundings,
  folder: string,
  args: readonly string[],
  options: UserGitOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(around, folder, args, options);
  if (code === 0) return stdout.replace(/\n$/, "");
  throw new PolicyRefusal(`git ${args[0]} failed in ${printable(folder, 300)}: ${printable(stderr.trim(), 500)}`);
}

/** Undefined where git says no. */
export async function askUserGit(
  around: Surroundings,
  folder: string,
  args: readonly string[],
  options: UserGitOptions = {},
): Promise<string | undefined> {
  const { code, stdout } = await run(around, folder, args, options);
  return code === 0 ? stdout.replace(/\n$/, "") : undefined;
}

function run(
  { env, signal }: Surroundings,
  folder: string,
  args: readonly string[],
  { env: more = {}, input = "" }: UserGitOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      ["-C", folder, ...args],
      { env: { ...env, ...more } as NodeJS.ProcessEnv, maxBuffer: outputBytesMax, signal },
      (error, stdout, stderr) => {
        if (signal.aborted) reject(signal.reason);
        else if (!error) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
        else reject(notRun(error));
      },
    );
    // A git that does not read its input says by itself why it ended.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

function notRun(error: Error & { readonly code?: unknown }): Error {
  return error.code === "ENOENT"
    ? new PolicyRefusal("git was not found: install git 2.38 or newer, and see that it is in PATH")
    : new Error("git could not be run", { cause: error });
}
