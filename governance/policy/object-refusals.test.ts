/** Objects that say more, less or other than an object of a policy may. */
import { describe, expect, test } from "vitest";
import { type Files, host, members, model, problemsOf } from "./tree.fixture.ts";

const hosts = "hosts/alice-desktop.yaml";
const models = "models/smollm2.yaml";
const plain = (spec: string): string => model("smollm2", "community", spec);

describe("refuses YAML that two parsers could read differently", () => {
  test.each([
    [
      "a duplicate key",
      { [models]: `${model("smollm2")}spec: {model: {ollama: other}}\n` },
      "models/smollm2.yaml:5:1: spec: spec is written twice in one mapping",
    ],
    ["an anchor", { [models]: plain("&a {model: {ollama: a}}") }, "models/smollm2.yaml:4:7: an anchor (&)"],
    ["an alias", { [models]: plain("*a") }, "an alias (*)"],
    ["a tag", { [models]: plain("!!map {model: {ollama: a}}") }, "a tag (!)"],
    ["a merge key", { [models]: plain("{<<: {a: b}}") }, "a merge key (<<)"],
    ["a bomb of brackets", { [models]: plain("[".repeat(20_000)) }, "more than 16 deep"],
    [
      "two documents in one file",
      { [models]: `${model("smollm2")}---\n${model("b")}` },
      "a second YAML document begins here",
    ],
    ["a list of objects", { [models]: "- a\n- b\n" }, "the file holds no object; begin with apiVersion"],
    ["an empty file", { [models]: "" }, "nothing is written here"],
    ["no text", { [models]: Buffer.from([0xff, 0xfe, 0x41]).toString("latin1") }, "smollm2.yaml:1:1"],
    ["a byte order mark", { [models]: `\ufeff${model("smollm2")}` }, "here is the character \\u{feff}"],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});

describe("refuses what is not on the allowlist", () => {
  test.each([
    [
      "a Secret",
      { [models]: model("smollm2").replace("ModelDeployment", "Secret").replace("commonhold.dev/v1alpha1", "v1") },
      "models/smollm2.yaml:2:7: kind: kind is Secret, but models/ holds nothing except ModelDeployment of commonhold.dev/v1alpha1",
    ],
    [
      "a kind of another folder",
      { "hosts/a.yaml": model("a") },
      "kind is ModelDeployment, but hosts/ holds nothing except ModelHost",
    ],
    [
      "a Member among the models",
      { [models]: model("smollm2").replace("ModelDeployment", "Member") },
      "kind is Member, but models/",
    ],
    [
      "another group",
      { [models]: model("smollm2").replace("commonhold.dev", "apps") },
      "apiVersion is apps/v1alpha1, but models/",
    ],
    [
      "another version",
      { [models]: model("smollm2").replace("v1alpha1", "v1") },
      "apiVersion is commonhold.dev/v1, but",
    ],
    [
      "no kind",
      { [models]: model("smollm2").replace("kind: ModelDeployment\n", "") },
      "kind is missing; add kind: ModelDeployment",
    ],
    [
      "a namespace that is not governed",
      { [models]: model("smollm2", "kube-system") },
      "metadata.namespace: kube-system is no namespace that this repository governs; write one of community, lab",
    ],
    [
      "no namespace",
      { [models]: model("smollm2").replace(", namespace: community", "") },
      "metadata: namespace is missing; write one of community, lab",
    ],
    [
      "a namespace on what has none",
      { [hosts]: host("alice-desktop", "alice").replace("{name:", "{namespace: lab, name:") },
      "a ModelHost belongs to the whole cluster",
    ],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});

describe("refuses metadata that only a controller sets", () => {
  test.each([
    [
      "a status",
      { [models]: `${model("smollm2")}status: {readyReplicas: 3}\n` },
      "smollm2.yaml:5:1: status: status is what the operator says",
    ],
    [
      "a finalizer",
      { [models]: model("smollm2").replace("{name:", "{finalizers: [a.b/c], name:") },
      "metadata.finalizers: finalizers: a finalizer would hold the object back",
    ],
    [
      "an owner",
      { [models]: model("smollm2").replace("{name:", "{ownerReferences: [], name:") },
      "an owner would take the object with it",
    ],
    [
      "managed fields",
      { [models]: model("smollm2").replace("{name:", "{managedFields: [], name:") },
      "the API server keeps this list itself",
    ],
    [
      "a generated name",
      { [models]: model("smollm2").replace("{name: smollm2,", "{generateName: a-,") },
      "an object of a policy has the name of its file",
    ],
    [
      "an unknown field of metadata",
      { [models]: model("smollm2").replace("{name:", "{lables: {}, name:") },
      "metadata.lables: there is no field lables here; write labels",
    ],
    [
      "a label of ours",
      { [models]: model("smollm2").replace("{name:", '{labels: {commonhold.dev/governed: "true"}, name:') },
      "commonhold.dev/governed belongs to Commonhold itself",
    ],
    [
      "an annotation of ours, one level below",
      {
        [hosts]: host("alice-desktop", "alice").replace(
          "{name:",
          "{annotations: {x.commonhold.dev/abandon: why}, name:",
        ),
      },
      "x.commonhold.dev/abandon belongs to Commonhold itself",
    ],
    [
      "a label with a number",
      { [models]: model("smollm2").replace("{name:", "{labels: {gpu: 3090}, name:") },
      "metadata.labels.gpu: the value is no text; put it in quotes",
    ],
    [
      "a label that is none",
      { [models]: model("smollm2").replace("{name:", "{labels: {'a b': c, d: 'e f'}, name:") },
      "a b is no name for labels",
    ],
    [
      "another name than the file's",
      { [models]: model("other") },
      "models/smollm2.yaml:3:18: metadata.name: the object is called other, but its file smollm2.yaml; give both the same name",
    ],
    [
      "another namespace than the file's",
      { "models/lab.x.yaml": model("x") },
      "the object is called x, but its file lab.x.yaml",
    ],
    ["a name with a path", { [models]: model("../x") }, "../x is no name of an object"],
    [
      "a host whose file has another name",
      { "hosts/tower.yaml": host("alice-desktop", "alice") },
      "the object is called alice-desktop, but its file tower.yaml",
    ],
    [
      "two objects with one name",
      { "models/community.smollm2.yaml": model("smollm2") },
      "ModelDeployment community/smollm2 is already in models/community.smollm2.yaml; keep one of them",
    ],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});

describe("refuses a spec that the kind does not have", () => {
  test.each([
    ["no spec", { [models]: model("smollm2").replace(/spec:.*/, "") }, "spec is missing"],
    [
      "an unknown field, with the one that was meant",
      { [models]: plain("{model: {ollama: a}, replica: 2}") },
      "models/smollm2.yaml:4:28: spec: there is no field replica here; write replicas, or delete it",
    ],
    [
      "an unknown field deep down",
      { [models]: plain("{model: {ollama: a}, placement: {hostSelector: {matchExpression: []}}}") },
      "spec.placement.hostSelector: there is no field matchExpression here; write matchExpressions",
    ],
    [
      "an unknown field in a list",
      { [models]: plain(`{model: {files: [{url: "https://a/b", sha256: "${"a".repeat(64)}", size: 1, md5: x}]}}`) },
      "spec.model.files[0]: there is no field md5 here",
    ],
    ["an executed thing", { [models]: plain("{model: {ollama: a}, command: [sh]}") }, "there is no field command here"],
    [
      "a wrong type",
      { [models]: plain("{model: {ollama: a}, replicas: many}") },
      'spec.replicas: replicas is "many", not a number',
    ],
    [
      "a number beyond its bounds",
      { [models]: plain("{model: {ollama: a}, replicas: 1000}") },
      "spec.replicas: replicas is too large: 1000",
    ],
    ["a text where a mapping should be", { [models]: plain("many") }, "spec is"],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});

describe("refuses Secrets that are not the machine's own", () => {
  test.each([
    [
      "a Secret of another namespace",
      {
        [hosts]: host("alice-desktop", "alice").replace(
          '11434"}',
          '11434", bearerToken: {name: alice-desktop, namespace: kube-system}}',
        ),
      },
      "only those in commonhold-system are read; delete namespace",
    ],
    [
      "a Secret with a path",
      { [hosts]: host("alice-desktop", "alice").replace('11434"}', '11434", bearerToken: {name: kube-system/admin}}') },
      "a Secret of another namespace is never read",
    ],
    [
      "a Secret of our services",
      {
        [hosts]: host("alice-desktop", "alice").replace(
          '11434"}',
          '11434", clientCertificate: {name: commonhold-governance}}',
        ),
      },
      "Secrets whose names begin with commonhold- belong to the services themselves",
    ],
    [
      "a Secret of another machine",
      { [hosts]: host("alice-desktop", "alice").replace('11434"}', '11434", bearerToken: {name: bob-server}}') },
      "the Secret bob-server is not named for alice-desktop, so it may be another machine's; call it alice-desktop, or alice-desktop-SOMETHING",
    ],
    [
      "a Secret of a machine with a longer name",
      {
        "members.yaml": members.replace("[bob-server]", "[alice-desktop-2]"),
        [hosts]: host("alice-desktop", "alice").replace('11434"}', '11434", bearerToken: {name: alice-desktop-2}}'),
      },
      "the Secret alice-desktop-2 is not named for alice-desktop",
    ],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});

describe("refuses machines that nobody owns", () => {
  test.each([
    [
      "an owner who is no member",
      { [hosts]: host("alice-desktop", "mallory") },
      "hosts/alice-desktop.yaml:5:10: spec.owner: the owner mallory is not in members.yaml",
    ],
    [
      "a machine that its owner does not list",
      { "hosts/tower.yaml": host("tower", "alice") },
      "members.yaml does not list tower among the machines of alice",
    ],
    [
      "a machine of somebody else",
      { "hosts/bob-server.yaml": host("bob-server", "alice") },
      "members.yaml does not list bob-server among the machines of alice",
    ],
  ])("%s", (_, changes: Files, words) => {
    expect(problemsOf(changes)).toContain(words);
  });
});
