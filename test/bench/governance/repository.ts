/** The policy repository of three friends with as many models as are asked for, in a bare repository of its own. */
import { openRepository } from "../../../governance/git/open.ts";
import type { GitRepository, Oid } from "../../../governance/git/repository.ts";
import { constitutionText, membersText } from "../../../governance/service/testing/policy.fixture.ts";

export const branch = "refs/heads/main";
export const namespace = "community";

/** Votes and waits are as the community wants them: what is measured is what comes after them. */
const withoutWaiting = constitutionText
  .replaceAll(/period: \{min: [0-9]+h/g, "period: {min: 0s")
  .replaceAll(/timelock: [0-9]+h/g, "timelock: 0s");

export interface PolicyRepository {
  readonly repository: GitRepository;
  /** The rules and the members, and nothing else. */
  readonly rules: Oid;
  /** With all models. */
  readonly genesis: Oid;
}

export function openAt(path: string): Promise<GitRepository> {
  return openRepository({ path, environment: { PATH: process.env["PATH"] } });
}

export async function makePolicyRepository(path: string, models: number): Promise<PolicyRepository> {
  const repository = await openAt(path);
  const rules = await repository.writeTree(undefined, {
    "constitution.yaml": Buffer.from(withoutWaiting),
    "members.yaml": Buffer.from(membersText()),
  });
  const names = Array.from({ length: models }, (_, at) => nameOf(at));
  const tree = await repository.writeTree(
    rules,
    filesOf(names, (name) => modelText(name)),
  );
  const genesis = await repository.writeCommit({ tree, parents: [], message: "genesis", at: Date.now() });
  await repository.updateRef(branch, genesis);
  return { repository, rules, genesis };
}

export function filesOf(names: readonly string[], textOf: (name: string) => string): Record<string, Uint8Array> {
  return Object.fromEntries(names.map((name) => [pathOf(name), Buffer.from(textOf(name))]));
}

export function nameOf(at: number): string {
  return `model-${String(at).padStart(5, "0")}`;
}

export function pathOf(name: string): string {
  return `models/${name}.yaml`;
}

/** Of a model that runs nowhere, so that no machine has to be ready for it: `context` is what proposals change. */
export function modelText(name: string, context = 4096): string {
  return `# What it is for, and who asked for it: two lines, as people write them into such a file so that
# the next one who reads it knows whom to ask.
apiVersion: commonhold.dev/v1alpha1
kind: ModelDeployment
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  model:
    ollama: 127.0.0.1:9/bench/tiny:1b
  replicas: 0
  context: ${context}
  priority: 10
  placement:
    spreadBy: owner
    minimumTrust: trusted
`;
}
