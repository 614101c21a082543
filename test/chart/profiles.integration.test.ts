/**
 * From one profile to the other and back, with everything that keeps something in a volume: a claim can neither shrink nor, without a class that says so,
 * grow, and what a StatefulSet claims cannot be changed at all. The API server refuses each.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { ControlPlane } from "../../cli/up/control-plane/control-plane.ts";
import { requestApi, startTestControlPlane } from "../control-plane/test.ts";
import { programPath } from "../programs/program-path.ts";
import { type RunResult, tryRun } from "../programs/run.ts";
import { chart, namespace } from "./helm.ts";
import { releasedChart, releasedVersions, unpacked } from "./released/versions.ts";
import { governed, machines, networks, witness } from "./values.ts";

const small = "values-small.yaml";
const community = "values-community.yaml";
const values = { cluster: { networks }, governance: governed, ollama: { machines }, witness };
const larger = {
  ...values,
  governance: { ...governed, storage: { size: "50Gi" } },
  ollama: {
    machines: machines.map((machine) => ("cache" in machine ? { ...machine, cache: { size: "500Gi" } } : machine)),
  },
  witness: { ...witness, storage: { size: "2Gi" } },
};

/** What a version's small profile made. */
const began: [string, { log: string; witness: string; models: string }][] = [
  ["today", { log: "5Gi", witness: "1Gi", models: "200Gi" }],
  ...releasedVersions.map((version): (typeof began)[number] => [
    version,
    { log: "1Gi", witness: "1Gi", models: "200Gi" },
  ]),
];

describe.each(began)("an installation that began with the small profile of %s", (version, sizes) => {
  let plane: ControlPlane & { discard(): Promise<void> };

  beforeAll(async () => {
    plane = await startTestControlPlane();
    const first = version === "today" ? chart : join(await unpacked(releasedChart(version)), "commonhold");
    expect(await helm("install", first, small)).toMatchObject({ code: 0 });
  });
  afterAll(() => plane?.discard());

  async function helm(
    verb: "install" | "upgrade",
    from: string,
    profile: string,
    more: object = values,
  ): Promise<RunResult> {
    const files = ["--values", join(from, profile), "--values", "-"];
    const where = ["--kubeconfig", plane.adminKubeconfigPath, "--namespace", namespace, "--create-namespace"];
    return tryRun(await programPath("helm"), [verb, "commonhold", from, ...where, ...files], {
      stdin: stringify(more),
    });
  }

  async function claimed(): Promise<typeof sizes> {
    const get = async (path: string) => (await requestApi(plane, "GET", path)).body;
    const claim = async (name: string): Promise<string> =>
      (await get(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`)).spec.resources.requests.storage;
    const set = await get(`/apis/apps/v1/namespaces/${namespace}/statefulsets/commonhold-witness`);
    return {
      log: await claim("commonhold-governance"),
      witness: set.spec.volumeClaimTemplates[0].spec.resources.requests.storage,
      models: await claim("commonhold-ollama-lab"),
    };
  }

  test("has claims of these sizes", async () => {
    expect(await claimed()).toEqual(sizes);
  });

  test.each([
    ["the small profile", small, values],
    ["the community profile", community, values],
    ["the small profile again", small, values],
    ["other sizes, which only new claims have", small, larger],
  ])("takes %s, and keeps what it has", async (_, profile, more) => {
    expect(await helm("upgrade", chart, profile, more)).toMatchObject({ code: 0, stderr: "" });
    expect(await claimed()).toEqual(sizes);
  });
});
