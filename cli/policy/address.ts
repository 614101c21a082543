/** Which policy repository is meant: the one that is named, else the one whose clone this folder is in. */
import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { PolicyRefusal } from "./refusal.ts";
import type { Surroundings } from "./surroundings.ts";
import { askUserGit } from "./user-git.ts";

export interface PolicyAddress {
  /** As git takes it; a path is whole. */
  readonly url: string;
  /** Top folder of the clone in which the verb was called, whichever repository was named. */
  readonly clone?: string;
}

export const policyVariable = "COMMONHOLD_POLICY";

/** Throws a PolicyRefusal where nothing says which. */
export async function policyAddress(named: string | undefined, around: Surroundings): Promise<PolicyAddress> {
  const clone = await askUserGit(around, around.cwd, ["rev-parse", "--show-toplevel"]);
  const here = clone === undefined ? {} : { clone };
  const given = named ?? around.env[policyVariable];
  if (given !== undefined && given !== "") return { url: wholeUrl(given, around.cwd), ...here };
  if (clone === undefined) {
    throw new PolicyRefusal(
      `no policy repository is named, and ${around.cwd} is in no clone of one: go into a clone, give --repository URL, or set ${policyVariable}`,
    );
  }
  return { url: wholeUrl(await remoteOf(clone, around), clone), ...here };
}

/** The remote that the current branch follows, else `origin`. */
async function remoteOf(clone: string, around: Surroundings): Promise<string> {
  const branch = await askUserGit(around, clone, ["symbolic-ref", "--quiet", "--short", "HEAD"]);
  const followed =
    branch === undefined ? undefined : await askUserGit(around, clone, ["config", "--get", `branch.${branch}.remote`]);
  for (const name of [followed, "origin"]) {
    const url =
      name === undefined || name === "." ? undefined : await askUserGit(around, clone, ["remote", "get-url", name]);
    if (url !== undefined) return url;
  }
  throw new PolicyRefusal(
    `the clone ${clone} has no remote to take the policy repository from: add one (git remote add origin URL), or give --repository URL`,
  );
}

/** `./policy.git` and the like as git reads them, from the folder where they were written. */
export function wholeUrl(url: string, folder: string): string {
  if (isAbsolute(url) || /^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return url;
  const path = resolve(folder, url);
  // `host:path` is ssh, unless there is such a folder, as git has it.
  return /^[^/]+:/.test(url) && !existsSync(path) ? url : path;
}
