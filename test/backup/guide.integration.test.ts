/** What the guide lets people apply by hand, shown to a real API server, in a namespace that takes only what is restricted. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { chart } from "../chart/helm.ts";
import { test } from "../control-plane/test.ts";

const { appVersion } = parse(readFileSync(join(chart, "Chart.yaml"), "utf8"));
const guide = readFileSync(join(import.meta.dirname, "../../docs/guides/operations.md"), "utf8");

test("the pod that carries a restored folder onto the volume is taken as restricted, and is of the chart's image", async ({
  kubectl,
  namespace,
}) => {
  const [, text = ""] = /```yaml\n(.*?)```/s.exec(guide) ?? [];
  const pod = parse(text.replaceAll(/^ {3}/gm, ""));
  expect(pod.spec.containers[0].image).toBe(`ghcr.io/commonhold/commonhold:${appVersion}`);
  expect(pod.spec.volumes[0].persistentVolumeClaim.claimName).toBe("commonhold-governance");
  await kubectl(["label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted"]);
  const stdin = JSON.stringify({ ...pod, metadata: { name: pod.metadata.name } });
  expect(await kubectl(["apply", "--dry-run=server", "-f", "-"], { stdin })).toContain("created (server dry run)");
});
