import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRepository } from "../git/open.ts";
import { GitError, type GitRepository, type Oid } from "../git/repository.ts";
import { PolicyCache } from "./cache.ts";
import { objectTitle } from "./policy.ts";
import { loadPolicy } from "./read-policy.ts";
import { type Files, files, host, model, namespaces } from "./tree.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "commonhold-policy-"));
let repository: GitRepository;

beforeAll(async () => {
  repository = await openRepository({ path: folder, environment: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" } });
});
afterAll(async () => {
  await repository.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(changes: Files, base?: Oid): Promise<Oid> {
  const bytes = Object.entries(changes).map(([path, text]) => [
    path,
    text === undefined ? undefined : Buffer.from(String(text)),
  ]);
  return repository.writeTree(base, Object.fromEntries(bytes));
}

/** The same repository, that counts the blobs which are asked for. */
function counted(): { repository: GitRepository; read: Oid[] } {
  const read: Oid[] = [];
  const blob: GitRepository["blob"] = (oid, options) => {
    read.push(oid);
    return repository.blob(oid, options);
  };
  return { repository: { ...repository, blob }, read };
}

describe("a policy is loaded from git objects", () => {
  test("of a tree and of a commit alike", async () => {
    const tree = await write(files);
    const commit = await repository.writeCommit({ tree, parents: [], message: "x", at: 0 });
    const fromTree = await loadPolicy(repository, tree, { namespaces });
    const fromCommit = await loadPolicy(repository, commit, { namespaces });
    expect(fromTree.ok && fromTree.value.objects).toEqual(fromCommit.ok && fromCommit.value.objects);
    expect(fromTree.ok && fromTree.value.objects.map(objectTitle)).toContain("ModelDeployment community/smollm2");
  });

  test("with what is wrong in it", async () => {
    const parsed = await loadPolicy(repository, await write({ ...files, "models/a.yaml": "a: &b 1" }), { namespaces });
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([{ file: "models/a.yaml", line: 1, column: 4 }]);
  });

  test("after one changed file only that file is read, and the same tree is read once", async () => {
    const cache = new PolicyCache();
    const first = await write(files);
    const second = await write({ "models/new.yaml": model("new") }, first);
    const { repository: counting, read } = counted();
    await loadPolicy(counting, first, { namespaces, cache });
    expect(read).toHaveLength(4);
    const after = await loadPolicy(counting, second, { namespaces, cache });
    expect(read).toHaveLength(5);
    await loadPolicy(counting, second, { namespaces, cache });
    await loadPolicy(counting, first, { namespaces, cache });
    expect(read).toHaveLength(5);
    const fresh = await loadPolicy(repository, second, { namespaces });
    expect(after.ok && after.value.objects).toEqual(fresh.ok && fresh.value.objects);
  });

  test("the same content under another name, or for other namespaces, is judged anew", async () => {
    const cache = new PolicyCache();
    const moved = await write(
      { "models/smollm2.yaml": undefined, "models/other.yaml": model("smollm2") },
      await write(files),
    );
    expect((await loadPolicy(repository, await write(files), { namespaces, cache })).ok).toBe(true);
    const parsed = await loadPolicy(repository, moved, { namespaces, cache });
    expect(parsed.ok ? "" : parsed.problems[0].reason).toBe("the object is called smollm2, but its file other.yaml");
    expect((await loadPolicy(repository, await write(files), { namespaces: ["lab"], cache })).ok).toBe(false);
  });

  test("what a cache holds of one file is checked against the other files of each tree", async () => {
    const cache = new PolicyCache();
    const hosts = { "hosts/bob-server.yaml": host("bob-server", "bob") };
    const good = await write({ ...files, ...hosts });
    expect((await loadPolicy(repository, good, { namespaces, cache })).ok).toBe(true);
    const members = String(files["members.yaml"]).replace("machines: [bob-server]", "machines: []");
    const parsed = await loadPolicy(repository, await write({ "members.yaml": members }, good), { namespaces, cache });
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([{ file: "hosts/bob-server.yaml", path: "spec.owner" }]);
  });
});

describe("is refused with an error of git, never with a policy,", () => {
  test("where there is no such tree", async () => {
    await expect(loadPolicy(repository, "0".repeat(40), { namespaces })).rejects.toThrow(GitError);
  });

  test("where a blob is missing", async () => {
    const tree = await write(files);
    const broken = { ...repository, blob: async () => undefined };
    await expect(loadPolicy(broken, tree, { namespaces })).rejects.toMatchObject({ code: "damaged" });
  });

  test("when the call is given up", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(loadPolicy(repository, await write(files), { namespaces }, { signal })).rejects.toThrow("enough");
  });
});

test("more files than git lists are a problem of the policy", async () => {
  const full = {
    ...repository,
    tree: async () => {
      throw new GitError("too-large", "too many");
    },
  };
  const parsed = await loadPolicy(full, await write(files), { namespaces });
  expect(parsed.ok ? "" : parsed.problems[0].reason).toContain("too many files");
});
