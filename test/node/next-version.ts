/** The version after this one, as a release would bring it: the chart with another number, and a kind with a field more. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { imageOf, root } from "./images.ts";

export const nextVersion = "0.3.0";
export const nextImage = imageOf(nextVersion);
export const addedField = "pronouns";

/** The folder of its chart. */
export function nextChart(): string {
  const folder = join(scratchDirectory("next-chart"), "commonhold");
  cpSync(join(root, "charts/commonhold"), folder, { recursive: true });
  edit(join(folder, "Chart.yaml"), (chart) => Object.assign(chart, { version: nextVersion, appVersion: nextVersion }));
  edit(join(folder, "files/crds/commonhold.dev_members.yaml"), (crd) => {
    const { spec } = crd.spec.versions[0].schema.openAPIV3Schema.properties;
    spec.properties[addedField] = { type: "string", description: "How to speak of them." };
  });
  return folder;
}

// biome-ignore lint/suspicious/noExplicitAny: a file of ours, whose form the edit knows.
function edit(path: string, change: (document: any) => void): void {
  const document: unknown = parse(readFileSync(path, "utf8"));
  change(document);
  writeFileSync(path, stringify(document, { aliasDuplicateObjects: false, compat: "yaml-1.1" }));
}
