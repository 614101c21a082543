/** What it takes to delete a kind with all its objects, once Helm has installed the chart in a real API server. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { ControlPlane } from "../../cli/up/control-plane/control-plane.ts";
import { annotations, apiVersion, deploymentFinalizer, group, hostFinalizer } from "../../operator/apis/group.ts";
import { kinds } from "../../operator/apis/kinds.ts";
import { type ApiAnswer, callApi, requestApi } from "../control-plane/request.ts";
import { kubectl, runKubectl, startTestControlPlane } from "../control-plane/test.ts";
import { run } from "../programs/run.ts";
import { helm, type Manifest, renderedObjects } from "./helm.ts";
import { answered, served } from "./installed.ts";
import { governed } from "./values.ts";

const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const nameOf = (plural: string): string => `${plural}.${group}`;
const foreign = { apiVersion: "v1", kind: "List", items: [definition("cows"), definition("goats")] };

let plane: ControlPlane & { discard(): Promise<void> };
let definitions: Manifest[];

beforeAll(async () => {
  plane = await startTestControlPlane();
  definitions = (await renderedObjects({})).filter(({ kind }) => kind === "CustomResourceDefinition");
  await helmDoes(["install", "commonhold", "--create-namespace"], {});
  await served(plane);
  await kubectl(plane, ["apply", "-f", "-"], { stdin: stringify(foreign) });
  await requestApi(plane, "POST", `/apis/${apiVersion}/members`, member("alice"));
  await answered(plane, 403, "DELETE", `${crds}/${nameOf("decisions")}?dryRun=All`);
});

afterAll(() => plane?.discard());

function helmDoes(args: readonly string[], values?: object): Promise<string> {
  return helm(plane.adminKubeconfigPath, args, values);
}

function deletes(plural: string, query = ""): Promise<ApiAnswer> {
  return requestApi(plane, "DELETE", `${crds}/${nameOf(plural)}${query}`);
}

function annotate(plural: string, value: string | null): Promise<ApiAnswer> {
  const body = { metadata: { annotations: { [annotations.allowRemoval]: value } } };
  return requestApi(plane, "PATCH", `${crds}/${nameOf(plural)}`, body);
}

/** Everything is there, and nothing of it is on its way out. */
async function nothingIsLost(): Promise<void> {
  const { body } = await requestApi(plane, "GET", crds);
  const items: Manifest[] = body.items;
  const left = items.filter(({ metadata }) => !("deletionTimestamp" in metadata)).map(({ metadata }) => metadata.name);
  expect(left).toEqual(expect.arrayContaining(kinds.map(({ plural }) => nameOf(plural))));
  expect((await requestApi(plane, "GET", `/apis/${apiVersion}/members/alice`)).status).toBe(200);
}

const refusal = (plural: string): object => ({
  status: 403,
  body: {
    message: expect.stringMatching(
      new RegExp(
        `with CustomResourceDefinition ${nameOf(plural)} would go every .+ take a backup, then: ` +
          `kubectl annotate crd ${nameOf(plural)} ${annotations.allowRemoval}=true, and delete it again`,
      ),
    ),
  },
});

describe("a kind of ours is not deleted", () => {
  test.each(kinds.map(({ plural }) => plural))("%s, by the cluster's administrator", async (plural) => {
    expect(await deletes(plural)).toMatchObject(refusal(plural));
  });

  test("without a word of what would go with it", async () => {
    const { body } = await deletes("members");
    expect(body.message).toContain("every Member, with the hashes of the API keys, which stand nowhere else");
  });

  test.each(["Foreground", "Background", "Orphan"])("with propagation %s", async (policy) => {
    expect(await deletes("members", `?propagationPolicy=${policy}`)).toMatchObject(refusal("members"));
  });

  test("without grace", async () => {
    expect(await deletes("members", "?gracePeriodSeconds=0")).toMatchObject(refusal("members"));
  });

  test("among several at once, of which it is one", async () => {
    const several = `${crds}?fieldSelector=metadata.name=${nameOf("members")}`;
    expect(await requestApi(plane, "DELETE", several)).toMatchObject(refusal("members"));
  });

  test.each([
    "system:serviceaccount:kube-system:generic-garbage-collector",
    "system:serviceaccount:kube-system:namespace-controller",
  ])("by %s, which the cluster trusts", async (user) => {
    const headers = { "Impersonate-User": user, "Impersonate-Group": "system:masters" };
    const call = { method: "DELETE", path: `${crds}/${nameOf("members")}`, token: plane.token("admin"), headers };
    expect(await callApi(plane, call)).toMatchObject(refusal("members"));
  });

  test("by deleting the very files that it came from", async () => {
    const { code, stderr } = await runKubectl(plane, ["delete", "--wait=false", "-f", "-"], {
      stdin: definitions.map((object) => stringify(object)).join("---\n"),
    });
    expect(code).toBe(1);
    for (const { plural } of kinds) expect(stderr).toContain(`kubectl annotate crd ${nameOf(plural)}`);
  });

  test.each(["false", "yes", ""])("where the annotation says %j", async (value) => {
    await annotate("members", value);
    expect(await deletes("members")).toMatchObject(refusal("members"));
    await annotate("members", null);
  });

  test("because another one may go", async () => {
    await annotate("ledgerroots", "true");
    expect(await deletes("members")).toMatchObject(refusal("members"));
    await annotate("ledgerroots", null);
  });

  test("and after all of this nothing is lost", nothingIsLost);
});

describe("what is nobody's business of ours", () => {
  test("is deleted as ever", async () => {
    expect((await requestApi(plane, "DELETE", `${crds}/cows.example.org`)).status).toBe(200);
  });

  test("is deleted as ever, though it says that it may not go", async () => {
    const body = { metadata: { annotations: { [annotations.allowRemoval]: "false" } } };
    await requestApi(plane, "PATCH", `${crds}/goats.example.org`, body);
    expect((await requestApi(plane, "DELETE", `${crds}/goats.example.org`)).status).toBe(200);
  });
});

describe("Helm", () => {
  test("applies a changed kind by an upgrade and again by a rollback: the guard minds deletions alone", async () => {
    const path = `${crds}/${nameOf("members")}`;
    const before = (await requestApi(plane, "GET", path)).body.spec;
    const changed = structuredClone(definitions.find(({ metadata }) => metadata.name === nameOf("members")));
    changed!["spec"].versions[0].schema.openAPIV3Schema.properties.spec.properties.pronouns = { type: "string" };
    const apply = ["apply", "--server-side", "--force-conflicts", "--field-manager=helm", "-f", "-"];
    await kubectl(plane, apply, { stdin: stringify(changed) });
    expect((await requestApi(plane, "GET", path)).body.spec).not.toEqual(before);
    await helmDoes(["upgrade", "commonhold"], { operator: { replicas: 2 } });
    expect((await requestApi(plane, "GET", path)).body.spec).toEqual(before);
    await helmDoes(["rollback", "commonhold", "1"]);
    expect((await requestApi(plane, "GET", path)).body.spec).toEqual(before);
    await nothingIsLost();
  });

  test("leaves kinds and guard where an upgrade does not bring the kinds any more", async () => {
    await helmDoes(["upgrade", "commonhold"], { crds: { install: false } });
    await nothingIsLost();
    expect(await deletes("members")).toMatchObject(refusal("members"));
  });

  test("brings the kinds again, and finds them as they were", async () => {
    await helmDoes(["upgrade", "commonhold"], {});
    await nothingIsLost();
  });

  test("leaves kinds, guard and objects when the release goes", async () => {
    const said = await helmDoes(["uninstall", "commonhold"]);
    expect(said).toContain("were kept due to the resource policy");
    await nothingIsLost();
    expect(await deletes("members")).toMatchObject(refusal("members"));
    expect(await kubectl(plane, ["get", "clusterroles", "-o", "name"])).not.toContain("commonhold");
  });

  test("installs again over what it left, and the objects are in use again", async () => {
    await helmDoes(["install", "commonhold"], {});
    await nothingIsLost();
  });
});

describe("on purpose", { timeout: 180_000 }, () => {
  test("a kind that says that it may go is deleted, with its objects", async () => {
    await annotate("members", "true");
    expect((await deletes("members")).status).toBe(200);
    await answered(plane, 404, "GET", `${crds}/${nameOf("members")}`);
    expect((await requestApi(plane, "GET", `/apis/${apiVersion}/members/alice`)).status).toBe(404);
  });

  test("the others still are not", async () => {
    expect(await deletes("modelhosts")).toMatchObject(refusal("modelhosts"));
  });

  test("where a community governed, an administrator deletes once governance is off", async () => {
    await helmDoes(["upgrade", "commonhold"], {});
    await served(plane);
    for (const object of held) await kubectl(plane, ["create", "-f", "-"], { stdin: stringify(object) });
    const tower = `/apis/${apiVersion}/modelhosts/tower?dryRun=All`;
    await helmDoes(["upgrade", "commonhold"], { governance: governed });
    await answered(plane, 403, "DELETE", tower);
    await helmDoes(["upgrade", "commonhold", "--reset-then-reuse-values", "--set", "governance.enabled=false"], {});
    await answered(plane, 200, "DELETE", tower);
  });

  test("all of them go by the commands of the guide, also those that an operator held which is gone, and the guard after them", async () => {
    const [before, on, letGo] = blocksOfGuide();
    expect(before).toMatch(
      /^kubectl delete modeldeployments .*\nkubectl delete modelhosts .*\nhelm .*uninstall commonhold$/,
    );
    const removal = doInShell(on);
    await expect
      .poll(async () => (await requestApi(plane, "GET", `${crds}/${nameOf("modelhosts")}`)).body.metadata, {
        timeout: 90_000,
      })
      .toHaveProperty("deletionTimestamp");
    await doInShell(letGo);
    await removal;
    const { body } = await requestApi(plane, "GET", crds);
    expect(body.items).toEqual([]);
    const policies = await kubectl(plane, ["get", "validatingadmissionpolicies", "-o", "name"]);
    expect(policies).not.toContain("commonhold-kept-kinds");
  });

  test("without its binding the policy refuses nothing: it is what refuses, and an administrator may take it away", async () => {
    await helmDoes(["upgrade", "commonhold"], {});
    const tried = `${crds}/${nameOf("modelhosts")}?dryRun=All`;
    await answered(plane, 403, "DELETE", tried);
    await kubectl(plane, ["delete", "validatingadmissionpolicybinding", "commonhold-kept-kinds"]);
    await answered(plane, 200, "DELETE", tried);
  });
});

/** Commands under "Removal": before the release goes, for everything on purpose, and for what is held. */
function blocksOfGuide(): [string, string, string] {
  const guide = readFileSync(new URL("../../docs/guides/operations.md", import.meta.url), "utf8");
  const [, section = ""] = guide.split("\n## Removal\n");
  const blocks = [...(section.split("\n## ")[0] ?? "").matchAll(/^```sh\n([\s\S]*?)\n```$/gm)].map(
    ([, text = ""]) => text,
  );
  expect(blocks).toHaveLength(3);
  return blocks as [string, string, string];
}

async function doInShell(commands: string): Promise<void> {
  const program = `kubectl() { '${plane.kubectlPath}' --kubeconfig '${plane.adminKubeconfigPath}' "$@"; }`;
  await run("bash", ["-ec", `${program}\n${commands}`]);
}

/** As an operator leaves them that ended before they were deleted. */
const held = [
  {
    apiVersion,
    kind: "ModelDeployment",
    metadata: { name: "mind", namespace: "default", finalizers: [deploymentFinalizer] },
    spec: { model: { ollama: "mind:1" } },
  },
  {
    apiVersion,
    kind: "ModelHost",
    metadata: { name: "tower", finalizers: [hostFinalizer] },
    spec: { owner: "alice", endpoint: { direct: { url: "https://tower.example" } }, hardware: { memory: "8Gi" } },
  },
];

function member(name: string): object {
  return { apiVersion, kind: "Member", metadata: { name }, spec: { displayName: "Alice" } };
}

function definition(plural: string): object {
  const schema = { openAPIV3Schema: { type: "object" } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.example.org` },
    spec: {
      group: "example.org",
      scope: "Cluster",
      names: { plural, singular: plural, kind: plural, listKind: `${plural}list` },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}
