import { readdirSync } from "node:fs";
import { beforeAll, describe, expect } from "vitest";
import { apiVersion } from "../../operator/apis/group.ts";
import { installCrds, kubectl, requestApi, test, workerControlPlane } from "../control-plane/test.ts";

beforeAll(async () => {
  await installCrds(await workerControlPlane(), "manifests/crds");
});

const deployment = `
apiVersion: ${apiVersion}
kind: ModelDeployment
metadata: {name: tiny}
spec: {model: {ollama: "tiny:1"}}
`;

const decision = `
apiVersion: ${apiVersion}
kind: Decision
metadata: {name: git-5f3a9c01}
spec: {repository: "git:${"ab".repeat(20)}", commit: ${"cd".repeat(20)}, title: A second machine}
`;

describe("kubectl knows the kinds", () => {
  test("`kubectl get md` shows what a person watches", async ({ kubectl, plane, namespace }) => {
    await kubectl(["apply", "-f", "-"], { stdin: deployment });
    const status = {
      model: { reference: "tiny:1", digest: `sha256:${"a".repeat(64)}`, source: "Registry", sizeBytes: 1 },
      ready: "1/2",
      state: "Pulling",
      progress: "63 %",
      hosts: "gpu1",
    };
    const path = `/apis/${apiVersion}/namespaces/${namespace}/modeldeployments/tiny/status`;
    expect(await requestApi(plane, "PATCH", path, { status })).toMatchObject({ status: 200 });
    const [header = "", row = ""] = (await kubectl(["get", "md"])).split("\n");
    expect(header.split(/\s+/)).toEqual(["NAME", "MODEL", "READY", "STATE", "PROGRESS", "HOSTS", "AGE"]);
    expect(row).toMatch(/^tiny +tiny:1 +1\/2 +Pulling +63 % +gpu1 /);
  });

  test("`kubectl get commonhold` lists every namespaced kind, and `kubectl get all` too", async ({ kubectl }) => {
    await kubectl(["apply", "-f", "-"], { stdin: deployment });
    expect(await kubectl(["get", "commonhold", "-o", "name"])).toContain("modeldeployment.commonhold.dev/tiny");
    expect(await kubectl(["get", "all", "-o", "name"])).toContain("modeldeployment.commonhold.dev/tiny");
  });

  test("`kubectl scale` sets replicas, and the scale subresource has a selector", async ({
    kubectl,
    plane,
    namespace,
  }) => {
    await kubectl(["apply", "-f", "-"], { stdin: deployment });
    await kubectl(["scale", "md", "tiny", "--replicas=3"]);
    expect(await kubectl(["get", "md", "tiny", "-o", "jsonpath={.spec.replicas}"])).toBe("3");
    const path = `/apis/${apiVersion}/namespaces/${namespace}/modeldeployments/tiny`;
    const selector = "commonhold.dev/model-deployment=tiny";
    await requestApi(plane, "PATCH", `${path}/status`, { status: { replicaCount: 2, selector } });
    const scale = await requestApi(plane, "GET", `${path}/scale`);
    expect(scale.body).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 2, selector } });
  });

  test("`kubectl get decisions` shows what, how it stands and since when it is in force", async ({
    kubectl,
    plane,
  }) => {
    await kubectl(["apply", "-f", "-"], { stdin: decision });
    const path = `/apis/${apiVersion}/decisions/git-5f3a9c01`;
    const tally = { summary: "2-0-1", electors: 3, inFavour: 2, against: 0, abstain: 1 };
    const open = { class: "routine", tally, state: "open", quorum: "3 of 2 votes cast" };
    expect(await requestApi(plane, "PATCH", `${path}/status`, { status: open })).toMatchObject({ status: 200 });
    const [header = "", row = ""] = (await kubectl(["get", "dec"])).split("\n");
    expect(header.split(/\s+/)).toEqual(["NAME", "WHAT", "CLASS", "TALLY", "STATE", "APPLIED", "AGE"]);
    expect(row).toMatch(/^git-5f3a9c01 +A second machine +routine +2-0-1 +open +\d+s/);
    const applied = { state: "applied", appliedAt: "2026-11-02T09:00:00Z" };
    await requestApi(plane, "PATCH", `${path}/status`, { status: applied });
    const [, later = ""] = (await kubectl(["get", "dec"])).split("\n");
    expect(later).toMatch(/ applied +\d+[a-z0-9]* +\d+s/);
    await kubectl(["delete", "dec", "git-5f3a9c01"]);
  });

  test("a state that is not a state is refused, with the states that are", async ({ kubectl, plane }) => {
    await kubectl(["apply", "-f", "-"], { stdin: decision });
    const path = `/apis/${apiVersion}/decisions/git-5f3a9c01`;
    const answer = await requestApi(plane, "PATCH", `${path}/status`, { status: { state: "Passed" } });
    expect(answer.body.message).toContain('supported values: "open", "needsConsent", "passed"');
    await requestApi(plane, "DELETE", path);
  });

  for (const field of [
    "md.spec.model.files.sha256",
    "md.spec.placement.minimumTrust",
    "mh.spec.endpoint.direct.publicKeySha256",
    "member.spec.keys.prefix",
    "decision.status.state",
    "ledgerroot.spec.root",
  ]) {
    test(`\`kubectl explain ${field}\` teaches`, async ({ kubectl }) => {
      const [, description = ""] = (await kubectl(["explain", field])).split("DESCRIPTION:");
      expect(description.trim().length).toBeGreaterThan(30);
    });
  }

  test("defaults are filled in by the server", async ({ kubectl }) => {
    await kubectl(["apply", "-f", "-"], { stdin: deployment });
    const spec = JSON.parse(await kubectl(["get", "md", "tiny", "-o", "jsonpath={.spec}"]));
    expect(spec).toEqual({
      model: { ollama: "tiny:1" },
      context: 4096,
      parameters: {},
      placement: { layer: "community", hostSelector: {}, spreadBy: "host", minimumTrust: "known" },
      priority: 0,
      update: "Propose",
    });
  });
});

describe("what was decided and counted stays", () => {
  test("a decision's title may be corrected, but it never becomes one about something else", async ({ plane }) => {
    const path = `/apis/${apiVersion}/decisions`;
    const spec = { repository: "github:1", proposal: "github:1/7", title: "A second machine" };
    await requestApi(plane, "POST", path, { apiVersion, kind: "Decision", metadata: { name: "github-1-7" }, spec });
    const change = (more: object) => requestApi(plane, "PATCH", `${path}/github-1-7`, { spec: more });
    expect((await change({ title: "A third machine" })).status).toBe(200);
    for (const other of [
      { proposal: "github:1/8" },
      { repository: "github:2", proposal: "github:2/7" },
      { proposal: null, commit: "5f3a9c01".repeat(5) },
    ]) {
      const answer = await change(other);
      expect(answer.status).toBe(422);
      expect(answer.body.message).toContain("a decision never becomes one about something else");
    }
    await requestApi(plane, "DELETE", `${path}/github-1-7`);
  });

  test("a day's root is never changed, not even by the cluster's administrator", async ({ plane }) => {
    const path = `/apis/${apiVersion}/ledgerroots`;
    const root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    const checkpoint = `ledger.example\n7\n${root}\n\n— ledger.example AAAA\n`;
    const spec = { day: "2026-10-01", size: 7, root, checkpoint };
    const object = { apiVersion, kind: "LedgerRoot", metadata: { name: "2026-10-01" }, spec };
    expect((await requestApi(plane, "POST", path, object)).status).toBe(201);
    for (const change of [{ size: 8 }, { root: root.toLowerCase() }, { checkpoint: null }]) {
      const answer = await requestApi(plane, "PATCH", `${path}/2026-10-01`, { spec: change });
      expect(answer.status).toBe(422);
      expect(answer.body.message).toContain("a root is never changed");
    }
    await requestApi(plane, "DELETE", `${path}/2026-10-01`);
  });
});

describe("samples", () => {
  test("`kubectl apply -f manifests/samples/` takes every sample, and a second time changes nothing", async ({
    plane,
  }) => {
    const first = await kubectl(plane, ["apply", "-f", "manifests/samples/"]);
    expect(first.trim().split("\n")).toHaveLength(readdirSync("manifests/samples").length);
    const second = await kubectl(plane, ["apply", "-f", "manifests/samples/"]);
    expect(
      second
        .trim()
        .split("\n")
        .filter((line) => !line.endsWith(" unchanged")),
    ).toEqual([]);
    await kubectl(plane, ["delete", "-f", "manifests/samples/"]);
  });
});
