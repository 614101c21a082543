/** What to do with a bundle where there is no internet, in the bundle itself. */
import { formatBytes } from "../../operator/text/bytes.ts";
import type { BundledModel } from "./models-index.ts";

export interface Bundled {
  readonly chart?: string;
  readonly images: readonly string[];
  /** Names of archives. */
  readonly archives: readonly string[];
  readonly models: readonly (BundledModel & { readonly bytes: number })[];
}

export function readmeOf({ chart, images, archives, models }: Bundled): string {
  const steps = [
    ["Compare it with what was written:", "sha256sum -c SHA256SUMS"],
    ...(archives.length > 0
      ? [
          [
            "On each node, import the images of its platform (k3s also takes them from /var/lib/rancher/k3s/agent/images at its start):",
            ...archives.map((name) => `k3s ctr images import images/${name}`),
          ],
        ]
      : []),
    ...(chart === undefined
      ? []
      : [
          [
            "Install, with a registry of the site, your machines and your networks in ours.yaml:",
            `helm install commonhold chart/${chart} -n commonhold-system --create-namespace --set siteRegistry.enabled=true --set siteRegistry.fill.enabled=false --values ours.yaml`,
          ],
        ]),
    ...(models.length > 0
      ? [
          [
            "Put the models into the site's registry:",
            "kubectl -n commonhold-system port-forward deploy/commonhold-registry 11437:11437 &",
            "commonhold bundle push --from . --registry http://127.0.0.1:11437",
          ],
        ]
      : []),
  ];
  return [
    "A bundle of commonhold: what an installation needs where there is no internet.",
    "",
    ...steps.flatMap(([what, ...commands], at) => [
      `${at + 1}. ${what}`,
      ...commands.map((command) => `     ${command}`),
    ]),
    ...(images.length > 0 ? ["", "Images:", ...images.map((name) => `  ${name}`)] : []),
    ...(models.length > 0
      ? ["", "Models, to be named and pinned in models/*.yaml of the policy repository:", ...models.map(shown)]
      : []),
    "",
  ].join("\n");
}

function shown({ reference, digest, bytes }: Bundled["models"][number]): string {
  return `  ${reference}  ${formatBytes(bytes)}\n    digest: ${digest}`;
}
