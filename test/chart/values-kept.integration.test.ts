/** An upgrade that keeps the values of the version before, by either of helm's flags, from each version that was released. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { ControlPlane } from "../../cli/up/control-plane/control-plane.ts";
import { requestApi, startTestControlPlane } from "../control-plane/test.ts";
import { programPath } from "../programs/program-path.ts";
import { type RunResult, tryRun } from "../programs/run.ts";
import { chart, namespace } from "./helm.ts";
import { releasedChart, releasedVersions } from "./released/versions.ts";
import { governed, machines, networks } from "./values.ts";

const ours = { cluster: { networks }, gateway: { replicas: 2, logLevel: "warn" }, ollama: { machines } };

describe.each(releasedVersions)("an installation of %s with values of its own", (version) => {
  let plane: ControlPlane & { discard(): Promise<void> };

  beforeAll(async () => {
    plane = await startTestControlPlane();
    expect(await helm("install", releasedChart(version), ours, "--create-namespace")).toMatchObject({ code: 0 });
  });
  afterAll(() => plane?.discard());

  async function helm(
    verb: "install" | "upgrade",
    from: string,
    values: object,
    ...flags: string[]
  ): Promise<RunResult> {
    const where = ["--kubeconfig", plane.adminKubeconfigPath, "--namespace", namespace, "--values", "-"];
    return tryRun(await programPath("helm"), [verb, "commonhold", from, ...where, ...flags], {
      stdin: stringify(values),
    });
  }

  async function gateway(): Promise<{ replicas: number; env: { name: string; value: string }[] }> {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/commonhold-gateway`;
    const { spec } = (await requestApi(plane, "GET", path)).body;
    return { replicas: spec.replicas, env: spec.template.spec.containers[0].env };
  }

  const more: Readonly<Record<string, object>> = { "nothing more": {}, governance: { governance: governed } };

  test.each(Object.entries(more))(
    "is told by --reuse-values, with %s, which flag brings what is new",
    async (_, values) => {
      const { code, stderr } = await helm("upgrade", chart, values, "--reuse-values");
      expect(stderr).toMatch(
        /These values are missing: .*hostSecrets.*siteRegistry.*\n.*say --reset-then-reuse-values instead/,
      );
      expect(code).toBe(1);
    },
  );

  test.each(Object.entries(more))(
    "becomes today's by --reset-then-reuse-values, with %s, and keeps its own",
    async (_, values) => {
      expect(await helm("upgrade", chart, values, "--reset-then-reuse-values")).toMatchObject({ code: 0, stderr: "" });
      const { replicas, env } = await gateway();
      expect(replicas).toBe(2);
      expect(env).toContainEqual({ name: "COMMONHOLD_LOG_LEVEL", value: "warn" });
    },
  );

  test("may say --reuse-values from then on", async () => {
    expect(await helm("upgrade", chart, {}, "--reuse-values")).toMatchObject({ code: 0, stderr: "" });
  });
});
