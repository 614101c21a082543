/** Which versions of Kubernetes the chart takes: those whose schemas it is checked with, and newer ones. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { chart, render } from "./helm.ts";
import { kubernetesVersions } from "./schemas.ts";

const [major = "", minor = ""] = (kubernetesVersions[0] ?? "").split(".");

describe("Kubernetes", () => {
  test("is said to be needed from the oldest version that is checked", () => {
    const { kubeVersion } = parse(readFileSync(join(chart, "Chart.yaml"), "utf8"));
    expect(kubeVersion).toBe(`>=${major}.${minor}.0-0`);
  });

  // What a cloud puts behind it makes it a version before that one.
  test.each([...kubernetesVersions, `${major}.${minor}.0+k3s1`, `${major}.${minor}.1-gke.100`, "1.40.0"])(
    "%s is taken",
    async (version) => {
      expect(await render({}, undefined, ["--kube-version", version])).toHaveProperty("text");
    },
  );

  test.each([`${major}.${Number(minor) - 1}.9`, "1.30.0"])("%s is refused, with what is needed", async (version) => {
    const sentence = `chart requires kubeVersion: >=${major}.${minor}.0-0 which is incompatible with Kubernetes v${version}`;
    expect(await render({}, undefined, ["--kube-version", version])).toEqual({
      refusal: expect.stringContaining(sentence),
    });
  });
});
