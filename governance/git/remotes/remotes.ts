/** Fetches from a remote, asks what it has, pushes to it. Nothing about a remote is kept in the repository. */
import { printable } from "../../../operator/text/printable.ts";
import { gitLimits } from "../limits.ts";
import type { ObjectFormat } from "../objects/format.ts";
import { redacted } from "../program/failure.ts";
import { type Gate, within } from "../program/gate.ts";
import type { GitProgram } from "../program/program.ts";
import { isRefName } from "../refs/name.ts";
import { parseRefs } from "../refs/refs.ts";
import { type Call, GitError, type Ref, type Remote } from "../repository.ts";
import { accessTo } from "./access.ts";
import { checkRefspecs, patternOf } from "./refspec.ts";

export interface Remotes {
  fetch(remote: Remote, refspecs: readonly string[], call: Call): Promise<void>;
  refs(remote: Remote, patterns: readonly string[], call: Call): Promise<readonly Ref[]>;
  push(remote: Remote, refspecs: readonly string[], call: Call): Promise<void>;
}

export interface Receiving {
  readonly receiving: Gate;
  readonly onFailedFetch: () => Promise<void>;
}

export function remotes(git: GitProgram, format: ObjectFormat, { receiving, onFailedFetch }: Receiving): Remotes {
  return {
    fetch: async (remote, refspecs, { signal }) => {
      const { address, options } = accessTo(remote);
      checkRefspecs(refspecs);
      const args = ["fetch", ...fetchFlags, "--end-of-options", address.url, ...refspecs];
      const limits = { msMax: gitLimits.fetchMsMax, fileBytesMax: gitLimits.fetchBytesMax };
      await within(receiving, signal, async () => {
        try {
          await git.run(args, { ...options, ...limits, signal, failsAs: "unreachable" });
        } catch (error) {
          await onFailedFetch();
          throw error;
        }
      });
    },
    refs: async (remote, patterns, { signal }) => {
      const { address, options } = accessTo(remote);
      const wanted = patterns.map(patternOf);
      if (wanted.length === 0) return [];
      const args = ["ls-remote", "--refs", "--quiet", "--end-of-options", address.url, ...patterns];
      const run = { ...options, signal, msMax: gitLimits.remoteRefsMsMax, failsAs: "unreachable" } as const;
      const all = parseRefs((await git.run(args, run)).stdout, format);
      // git also lists names that only end like the pattern.
      return all.filter(({ name }) => wanted.some((pattern) => pattern.test(name)));
    },
    push: async (remote, refspecs, { signal }) => {
      const { address, options } = accessTo(remote);
      checkRefspecs(refspecs);
      const args = ["push", ...pushFlags, "--end-of-options", address.url, ...refspecs];
      const run = { ...options, signal, msMax: gitLimits.pushMsMax, failsAs: "unreachable", exits: [0, 1] } as const;
      const { exit, stdout, stderr } = await git.run(args, run);
      if (exit !== 0) throw notPushed(stdout.toString("utf8"), redacted(stderr, options.secrets));
    },
  };
}

/** `--porcelain` gives a line `<flag>\t<from>:<to>\t<summary>` per ref; the flag of a rejected one is `!`. */
function notPushed(output: string, stderr: string): GitError {
  const rejected = output.split("\n").flatMap((line) => {
    const [flag, names, summary] = line.split("\t");
    if (flag !== "!") return [];
    const to = names?.split(":").at(-1) ?? "";
    return [`${isRefName(to) ? to : "a ref"}: ${summary ?? ""}`];
  });
  if (rejected.length === 0) return new GitError("unreachable", `git push failed: ${printable(stderr.trim(), 400)}`);
  return new GitError("rejected", `the remote did not take ${printable(rejected.slice(0, 5).join("; "), 600)}`);
}

const fetchFlags = ["--no-tags", "--prune", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules"];
const pushFlags = ["--atomic", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"];
