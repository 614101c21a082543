/** Policies of trees, read once each, and whether one may follow another. */
import { problemSentence } from "../constitution/documents/problem.ts";
import type { GitRepository } from "../git/repository.ts";
import { PolicyCache } from "../policy/cache.ts";
import { loadPolicy } from "../policy/read-policy.ts";
import { removalProblems } from "../policy/removals.ts";
import type { Policies } from "./governance.ts";

export function createPolicies(repository: GitRepository, namespaces: readonly string[]): Policies {
  const options = { namespaces, cache: new PolicyCache() };
  const load: Policies["load"] = (treeish, signal) => loadPolicy(repository, treeish, options, { signal });
  return {
    namespaces,
    load,
    async problemsOf(before, after, signal) {
      const [was, becomes] = await Promise.all([load(before, signal), load(after, signal)]);
      if (!becomes.ok) return becomes.problems.map(problemSentence);
      // What is in force was read before; without it there is nothing that could be removed.
      return was.ok ? removalProblems(was.value, becomes.value).map(problemSentence) : [];
    },
  };
}
