/** Access to a remote over https by the person's own credential helpers. They are asked only where it does not go without. */
import { GitError, type Remote } from "../../governance/git/repository.ts";
import { PolicyRefusal } from "./refusal.ts";
import type { Surroundings } from "./surroundings.ts";
import { askUserGit } from "./user-git.ts";

/** Tries with what `remote` has, then with a credential. Resolves to the remote that was let in. */
export async function withAccess(
  remote: Remote,
  around: Surroundings,
  work: (remote: Remote) => Promise<void>,
): Promise<Remote> {
  try {
    await work(remote);
    return remote;
  } catch (error) {
    const isHttp = /^https?:/i.test(remote.url);
    const isKept = error instanceof GitError && (error.code === "unreachable" || error.code === "rejected");
    if (!isHttp || !isKept || remote.authorization !== undefined) throw error;
    const authorization = await authorizationFor(remote.url, around);
    if (authorization === undefined) throw error;
    const known = { ...remote, authorization };
    await work(known);
    return known;
  }
}

/** What git itself would send there. Undefined where no helper knows anything. */
async function authorizationFor(url: string, around: Surroundings): Promise<string | undefined> {
  const input = `url=${url}\n\n`;
  const answer = await askUserGit(around, around.cwd, ["credential", "fill"], { input });
  if (answer === undefined) return undefined;
  const fields = new Map(answer.split("\n").map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
  const [user, password] = [fields.get("username"), fields.get("password")];
  if (user === undefined || password === undefined) return undefined;
  if (/[^\x20-\x7e]/.test(user + password)) {
    throw new PolicyRefusal("git's credential helper gave a name or password that no header can hold");
  }
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
