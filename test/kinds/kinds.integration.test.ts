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

  for (const field of [
    "md.spec.model.files.sha256",
    "md.spec.placement.minimumTrust",
    "mh.spec.endpoint.direct.publicKeySha256",
    "member.spec.keys.prefix",
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
