import { describe, expect, test } from "vitest";
import { objectTitle } from "./policy.ts";
import { readPolicy } from "./read-policy.ts";
import { constitution, type Files, files, host, members, model, policyOf, problemsOf, treeOf } from "./tree.fixture.ts";

describe("a good policy", () => {
  test("is its constitution, its members and its objects, members last", () => {
    const policy = policyOf();
    expect(policy.objects.map(objectTitle)).toEqual([
      "ModelHost alice-desktop",
      "ModelDeployment community/smollm2",
      "Member alice",
      "Member bob",
      "Member carol",
    ]);
    expect(policy.constitution.value.community).toBe("Three Friends");
    expect(policy.confirmations).toEqual([]);
  });

  test("an object is what is applied: metadata and spec as written, with its place", () => {
    expect(policyOf().objects[1]).toEqual({
      group: "commonhold.dev",
      version: "v1alpha1",
      kind: "ModelDeployment",
      plural: "modeldeployments",
      namespace: "community",
      name: "smollm2",
      file: "models/smollm2.yaml",
      line: 3,
      body: {
        metadata: { name: "smollm2", namespace: "community" },
        spec: { model: { ollama: "smollm2:135m" } },
      },
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
  });

  test("its digest sees every value, and neither comments nor order", () => {
    const digest = (text: string): string | undefined => policyOf({ "models/smollm2.yaml": text }).objects[1]?.digest;
    const same = `# why\nkind: ModelDeployment\nspec: {model: {ollama: "smollm2:135m"}}\nmetadata: {namespace: community, name: smollm2}\napiVersion: commonhold.dev/v1alpha1\n`;
    expect(digest(same)).toBe(digest(model("smollm2")));
    expect(digest(model("smollm2", "community", "{model: {ollama: smollm2:360m}}"))).not.toBe(digest(same));
  });

  test("members become Member objects, which never hold API keys", () => {
    const [alice] = policyOf().objects.filter(({ kind }) => kind === "Member");
    expect(alice).toMatchObject({
      file: "members.yaml",
      line: 4,
      body: {
        metadata: { name: "alice" },
        spec: {
          github: { id: 101, login: "alice" },
          sshKeys: [expect.stringMatching(/^ssh-ed25519 [A-Za-z0-9+/=]+$/)],
          roles: ["member", "maintainer"],
          joined: "2026-01-01T00:00:00Z",
        },
      },
    });
    expect(JSON.stringify(alice)).not.toContain("machines");
  });

  test.each([
    [
      "text for people at the top, in docs and beside the objects",
      { LICENSE: "x", "docs/a/b.yaml": "x: [", "models/README.md": "x" },
    ],
    ["what a forge reads", { ".github/workflows/remind.yml": "on: push" }],
    ["a model in another namespace, its file named for both", { "models/lab.smollm2.yaml": model("smollm2", "lab") }],
    [
      "labels and annotations of the community's own",
      {
        "models/smollm2.yaml": model("smollm2").replace(
          "{name: smollm2,",
          "{name: smollm2, labels: {gpu: '3090', example.org/tier: a}, annotations: {note: 'ja, das'},",
        ),
      },
    ],
    [
      "a machine's own Secret",
      {
        "hosts/alice-desktop.yaml": host("alice-desktop", "alice").replace(
          '11434"}',
          '11434", bearerToken: {name: alice-desktop-token}}',
        ),
      },
    ],
    [
      "a confirmed removal of what is not there",
      { "confirmations.yaml": "format: 1\nremovals:\n  - {kind: ModelHost, name: bob-server, reason: it was sold}\n" },
    ],
    ["no model at all", { "models/smollm2.yaml": undefined }],
  ])("may hold %s", (_, changes) => {
    expect(problemsOf(changes)).toBe("");
  });
});

describe("refuses documents by which nobody could decide", () => {
  test.each([
    [
      "no constitution",
      { "constitution.yaml": undefined },
      "constitution.yaml:1:1: the file is missing: without it nobody could decide anything",
    ],
    ["no members", { "members.yaml": undefined }, "members.yaml:1:1: the file is missing"],
    ["a broken constitution", { "constitution.yaml": "format: 2\n" }, "constitution.yaml:1:9: format: format is 2"],
    [
      "broken members",
      { "members.yaml": members.replace("number: 2", "number: 1") },
      "members.yaml:12:13: members[1].number",
    ],
    [
      "rules that nobody could satisfy",
      {
        "constitution.yaml": constitution.replaceAll("{atLeast: 2}", "{atLeast: 9}").replace("ceil(2 * n / 3)", "'9'"),
      },
      "no vote could satisfy it with today's members: routine asks for a quorum of 9",
    ],
    [
      "a confirmation of what is still there",
      { "confirmations.yaml": "format: 1\nremovals:\n  - {kind: ModelHost, name: alice-desktop, reason: some day}\n" },
      "confirmations.yaml:3:1: removals[0]: it confirms the removal of ModelHost alice-desktop, which is still in hosts/alice-desktop.yaml",
    ],
    [
      "a confirmation without a reason",
      { "confirmations.yaml": "format: 1\nremovals: [{kind: ModelHost, name: a}]\n" },
      "removals[0].reason: reason is missing",
    ],
    [
      "a confirmation for a kind that is not ours",
      { "confirmations.yaml": "format: 1\nremovals: [{kind: Secret, name: a, reason: b}]\n" },
      "Secret is not one of Member, ModelHost, ModelDeployment",
    ],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});

test("bytes that are no UTF-8 are refused", () => {
  const tree = treeOf(files);
  const { oid } = tree.entries.find(({ path }) => path === "models/smollm2.yaml")!;
  const blobs = new Map([...tree.blobs, [oid, Uint8Array.of(0xff, 0xfe, 0x41)]]);
  const parsed = readPolicy({ ...tree, blobs }, { namespaces: ["community"] });
  expect(parsed.ok ? "" : parsed.problems[0].reason).toBe("the file is no UTF-8 text");
});

test("every problem of every file is told at once", () => {
  const parsed = readPolicy(
    treeOf({
      ...files,
      "a.yaml": "x",
      "hosts/b.yaml": "x",
      "models/smollm2.yaml": model("smollm2", "community", "{a: 1}"),
    }),
    {
      namespaces: ["community"],
    },
  );
  const found = parsed.ok ? [] : parsed.problems.map(({ file }) => file);
  expect(new Set(found)).toEqual(new Set(["a.yaml", "hosts/b.yaml", "models/smollm2.yaml"]));
});
