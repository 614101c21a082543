/**
 * Which commit comes before which. git's shortcuts (`a..b`) trust the dates that commits give themselves and can be misled
 * by forged ones; where that would matter, whole histories are listed and compared.
 */
import { gitLimits } from "../limits.ts";
import { checkOid, type ObjectFormat } from "../objects/format.ts";
import type { GitProgram } from "../program/program.ts";
import { type Call, GitError, type Oid } from "../repository.ts";

export interface History {
  /** `parentOf` reads the first parent of a commit. */
  firstParents(
    from: Oid | undefined,
    to: Oid,
    parentOf: (oid: Oid) => Promise<Oid | undefined>,
    call: Call,
  ): Promise<readonly Oid[] | undefined>;
  range(base: Oid, head: Oid, call: Call): Promise<readonly Oid[]>;
  isAncestor(ancestor: Oid, descendant: Oid, call: Call): Promise<boolean>;
  mergeBase(a: Oid, b: Oid, call: Call): Promise<Oid | undefined>;
}

export function history(git: GitProgram, format: ObjectFormat): History {
  /** git would also take expressions and options. */
  const check = (...oids: readonly Oid[]): void => {
    for (const oid of oids) checkOid(oid, format);
  };
  const listed = async (args: readonly string[], { signal }: Call): Promise<Oid[]> => {
    const { stdout } = await git.run(["rev-list", ...args], { signal, failsAs: "damaged" });
    return stdout.toString("latin1").split("\n").slice(0, -1);
  };

  return {
    firstParents: async (from, to, parentOf, call) => {
      check(...(from === undefined ? [] : [from]), to);
      if (from === to) return [];
      const max = gitLimits.firstParentsMax;
      // Ends where the chain meets any ancestor of `from`. Only `from` itself is what we look for.
      const chain = await listed(
        ["--first-parent", "--reverse", `--max-count=${max + 1}`, to, ...(from === undefined ? [] : [`^${from}`])],
        call,
      );
      if (chain.length > max) throw new GitError("too-large", `more than ${max} commits lie before ${to}`);
      const [oldest] = chain;
      return oldest !== undefined && (await parentOf(oldest)) === from ? chain : undefined;
    },
    range: async (base, head, call) => {
      check(base, head);
      const all = [`--max-count=${gitLimits.historyCommitsMax + 1}`, "--topo-order"];
      const [known, reached] = await Promise.all([
        listed([...all, base], call),
        listed([...all, "--reverse", head], call),
      ]);
      if (Math.max(known.length, reached.length) > gitLimits.historyCommitsMax) {
        throw new GitError("too-large", `a history has more than ${gitLimits.historyCommitsMax} commits`);
      }
      const before = new Set(known);
      const range = reached.filter((oid) => !before.has(oid));
      if (range.length <= gitLimits.rangeCommitsMax) return range;
      throw new GitError("too-large", `more than ${gitLimits.rangeCommitsMax} commits lie between ${base} and ${head}`);
    },
    isAncestor: async (ancestor, descendant, { signal }) => {
      check(ancestor, descendant);
      const args = ["merge-base", "--is-ancestor", ancestor, descendant];
      return (await git.run(args, { signal, exits: [0, 1], failsAs: "damaged" })).exit === 0;
    },
    mergeBase: async (a, b, { signal }) => {
      check(a, b);
      const { exit, stdout } = await git.run(["merge-base", a, b], { signal, exits: [0, 1], failsAs: "damaged" });
      return exit === 0 ? stdout.toString("latin1").trim() : undefined;
    },
  };
}
