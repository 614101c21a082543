/** What the image is, and that each of its four parts runs as the chart runs them, before there is a chart. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemNamespace } from "../../operator/apis/group.ts";
import { productImage, root, version } from "./images.ts";
import { podManifest, runPod } from "./restricted-pod.ts";
import type { Substrate } from "./substrate.ts";

const manifests = ["crds", "rbac"].flatMap((folder) => ["-f", `${root}/manifests/${folder}`]);
const bytesMax = 200 * 1000 * 1000;
const quarters = `
apiVersion: v1
kind: Namespace
metadata:
  name: ${systemNamespace}
  labels: { pod-security.kubernetes.io/enforce: restricted }
`;

export function imageTests(nodeOf: () => Substrate): void {
  const kubectl = (...args: readonly string[]) => nodeOf().kubectl(["-n", systemNamespace, ...args]);
  const started = (name: string, env: Readonly<Record<string, string>>, readyPort: number): Promise<string> => {
    const serviceAccount = `commonhold-${name}`;
    const pod = { name, namespace: systemNamespace, args: [name], env, serviceAccount, readyPort };
    return nodeOf().kubectl(["apply", "-f", "-"], podManifest(pod));
  };

  beforeAll(async () => {
    const { images, importImages } = nodeOf();
    await images.buildProduct();
    await importImages(await images.archiveOf(productImage));
    await nodeOf().kubectl(["apply", "-f", "-"], quarters);
    await kubectl("apply", "--server-side", ...manifests);
  });

  afterAll(async () => {
    await kubectl("delete", "--ignore-not-found", ...manifests);
    await nodeOf().kubectl(["delete", "namespace", systemNamespace, "--timeout=120s"]);
  });

  test("is under 200 MB as a registry holds it and a machine pulls it", async () => {
    expect(await nodeOf().images.compressedBytes(productImage)).toBeLessThan(bytesMax);
  });

  test("says what it is, and runs as a user without a name on any machine", async () => {
    const { User, Labels } = await nodeOf().images.configOf(productImage);
    expect(User).toBe("65532:65532");
    expect(Labels).toMatchObject({
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.licenses": "Apache-2.0",
      "org.opencontainers.image.source": expect.stringMatching(/^https:/),
    });
  });

  const inside: [string, readonly string[], RegExp][] = [
    ["Node 24", ["node", "--version"], /^v24\./],
    [
      "the command line, at its version",
      ["commonhold", "--version"],
      new RegExp(`^${version.replaceAll(".", "\\.")}$`, "m"),
    ],
    ["git, for governance", ["git", "--version"], /^git version 2\./],
    ["ssh, which knows the user", ["sh", "-c", "ssh -G x | grep -i '^user '"], /^user commonhold$/m],
    [
      "a list of what it is made of",
      ["cat", "/usr/share/commonhold/sbom.cdx.json"],
      /"bomFormat": "CycloneDX"[\s\S]*fastify/,
    ],
    [
      "no tool for development",
      ["sh", "-c", "ls /app/node_modules | grep -cE '^(typescript|vitest)$' || true"],
      /^0$/m,
    ],
    ["no npm, and no compiler", ["sh", "-c", "command -v npm npx cc gcc || echo none"], /^none$/m],
    ["a root that cannot be written to", ["sh", "-c", "touch /app/x /etc/x 2>&1 || true"], /Read-only file system/],
    ["/tmp and its state folder, which can", ["sh", "-c", "touch /tmp/x /var/lib/commonhold/x && id -u"], /^65532$/m],
  ];
  test.each(inside)("holds %s", async (_, command, shown) => {
    const { text } = await runPod(nodeOf(), { name: "looking", namespace: systemNamespace, command });
    expect(text).toMatch(shown);
  });

  const refused: [string, readonly string[], number, RegExp][] = [
    [
      "another word than the five is refused, and the five are named",
      ["api"],
      64,
      /operator, gateway, governance, registry-filler, witness/,
    ],
    ["no word at all is refused likewise", [], 64, /nothing was named/],
    ["governance without a policy says which settings it lacks", ["governance"], 1, /COMMONHOLD_POLICY_GENESIS/],
    ["a witness without a log says what to give", ["witness", "--state", "/tmp/w"], 1, /--origin/],
  ];
  test.each(refused)("%s", async (_, args, code, sentence) => {
    const ended = await runPod(nodeOf(), { name: "refused", namespace: systemNamespace, args });
    expect(ended.text).toMatch(sentence);
    expect(ended.code).toBe(code);
  });

  test("a witness makes its key in its state folder", async () => {
    const args = ["witness", "key", "--state", "/var/lib/commonhold/witness", "--name", "ada.example/witness"];
    const { code, text } = await runPod(nodeOf(), { name: "witness", namespace: systemNamespace, args });
    expect(text).toMatch(/^ada\.example\/witness\+[0-9a-f]{8}\+/m);
    expect(code).toBe(0);
  });

  test("the operator and the gateway become ready as their ServiceAccounts, and stop on TERM", async () => {
    await started("operator", { COMMONHOLD_OPERATOR_HOST: "0.0.0.0" }, 8080);
    await started("gateway", { COMMONHOLD_GATEWAY_HOST: "0.0.0.0" }, 11_435);
    await kubectl("wait", "--for=condition=Ready", "pod/operator", "pod/gateway", "--timeout=180s");
    await kubectl("delete", "pod/operator", "pod/gateway", "--wait=true", "--timeout=180s");
  });
}
