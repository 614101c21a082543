/** What a remote says no to, as an error of the forge that says what is missing. */
import { printable } from "../../../operator/text/printable.ts";
import { redacted } from "../../git/program/failure.ts";
import { GitError, type Remote } from "../../git/repository.ts";
import { ForgeError } from "../forge.ts";

/** Errors of git other than those of the remote stay what they are. */
export async function asForgeError<T>(action: () => Promise<T>, refusal?: string): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (error.code === "unreachable") throw new ForgeError("unreachable", error.message, { cause: error });
    if (error.code === "rejected") throw new ForgeError("refused", refusal ?? error.message, { cause: error });
    throw error;
  }
}

/** `ref`: what was to be pushed; `who`: whose right it is. */
export function pushRefusal(remote: Remote, ref: string, who: string): string {
  const pattern = ref.replace(/[0-9a-f]{12,}$/, "*");
  return `${remoteName(remote)} does not take ${ref}: give ${who} the right to push to ${pattern} there`;
}

/** An address for people: without a password that somebody wrote into it. */
export function remoteName({ url }: Remote): string {
  return printable(redacted(url), 300);
}
