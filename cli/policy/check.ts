/** What is wrong with a change, said before anybody is asked to vote on it: the same reading as the service's. */
import { problemSentence } from "../../governance/constitution/documents/problem.ts";
import { objectLimits } from "../../governance/constitution/documents/yaml-limits.ts";
import type { Call, GitRepository, Oid } from "../../governance/git/repository.ts";
import { loadPolicy } from "../../governance/policy/read-policy.ts";
import { removalProblems } from "../../governance/policy/removals.ts";
import type { PolicyMirror } from "./mirror.ts";

/** Problems of the tree, in sentences; none where the service will take it, as far as that is known without its cluster. */
export async function problemsOf(policy: PolicyMirror, tree: Oid): Promise<readonly string[]> {
  const { repository, ratified, call } = policy;
  // Which namespaces are governed is the service's setting; it says no to others.
  const namespaces = [
    ...new Set([
      ...(await namespacesIn(repository, tree, call)),
      ...(await namespacesIn(repository, ratified.tree, call)),
    ]),
  ];
  const after = await loadPolicy(repository, tree, { namespaces }, call);
  if (!after.ok) return after.problems.map(problemSentence);
  const before = await loadPolicy(repository, ratified.tree, { namespaces }, call);
  return before.ok ? removalProblems(before.value, after.value).map(problemSentence) : [];
}

const filesMax = 20_000;

/** All that are named in YAML files. */
export async function namespacesIn(repository: GitRepository, tree: Oid, call: Call): Promise<string[]> {
  const entries = (await repository.tree(tree, call)).filter(
    ({ path, mode, size }) => mode === "100644" && path.endsWith(".yaml") && size <= objectLimits.bytesMax,
  );
  const found = new Set<string>();
  for (const { oid } of entries.slice(0, filesMax)) {
    const text = Buffer.from((await repository.blob(oid, call)) ?? []).toString("utf8");
    for (const [, name] of text.matchAll(/\bnamespace: *["']?([a-z0-9-]{1,63})/g))
      if (name !== undefined) found.add(name);
  }
  return [...found];
}
