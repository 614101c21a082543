/** The peer of governance: a branch that is believed as it stands, fetched and applied by the programs that everybody has. */
import { join } from "node:path";
import { type RunOptions, runProgram } from "./program.ts";
import { branch, filesOf, modelText, nameOf, openAt } from "./repository.ts";

export interface TrustedBranch {
  /** Makes a commit that gives a model another context; `push` moves the branch to it. */
  commit(at: number, context: number): Promise<{ readonly model: string; push(): Promise<void> }>;
  /** Fetches the branch, and applies what has changed. */
  follow(): Promise<void>;
  close(): Promise<void>;
}

export interface TrustedOptions {
  readonly directory: string;
  readonly kubectl: string;
  readonly kubeconfig: string;
  readonly signal: AbortSignal;
  readonly models: number;
}

export async function trustedBranch(options: TrustedOptions): Promise<TrustedBranch> {
  const { directory, kubectl, kubeconfig, signal, models } = options;
  const repository = await openAt(join(directory, "trusted.git"));
  const names = Array.from({ length: models }, (_, at) => trustedName(at));
  const tree = await repository.writeTree(
    undefined,
    filesOf(names, (name) => modelText(name)),
  );
  const first = await repository.writeCommit({ tree, parents: [], message: "models", at: Date.now() });
  await repository.updateRef(branch, first);
  const clone = join(directory, "trusted");
  const run: RunOptions = { signal, cwd: clone };
  const git = (...args: string[]) => runProgram("git", args, run);
  const apply = (...paths: string[]) =>
    runProgram(
      kubectl,
      ["apply", "--server-side", "--kubeconfig", kubeconfig, ...paths.flatMap((path) => ["-f", path])],
      run,
    );
  await runProgram("git", ["clone", "-q", repository.path, clone], { signal });
  await apply("models");
  return {
    async commit(at, context) {
      const model = trustedName(at);
      const head = (await repository.resolve(branch)) ?? "";
      const tree = await repository.writeTree(
        head,
        filesOf([model], (name) => modelText(name, context)),
      );
      const commit = await repository.writeCommit({ tree, parents: [head], message: "change", at: Date.now() });
      return { model, push: () => repository.updateRef(branch, commit) };
    },
    async follow() {
      await git("fetch", "-q", "origin");
      const { output } = await git("diff", "--name-only", "HEAD", "FETCH_HEAD");
      await git("reset", "-q", "--hard", "FETCH_HEAD");
      await apply(...output.trim().split("\n"));
    },
    close: () => repository.close(),
  };
}

/** Not a model of the policy repository: governance lets those alone that others made. */
function trustedName(at: number): string {
  return `trusted-${nameOf(at)}`;
}
