import { stringify } from "yaml";
import { group } from "../group.ts";
import { kinds } from "../kinds.ts";
import { services } from "../permissions.ts";
import { admissionManifests, guardManifests } from "./admission.ts";
import { conditionReference } from "./condition-reference.ts";
import { customResourceDefinition } from "./crd.ts";
import { fieldReference } from "./field-reference.ts";
import { rbacManifests } from "./rbac.ts";

const header = "# Generated from operator/apis by `npm run generate`. Do not edit.\n";

/** Every file that is generated from this room: path from the repository's root to content. */
export function generatedManifests(): Map<string, string> {
  const files = new Map<string, string>();
  for (const kind of kinds)
    files.set(`manifests/crds/${group}_${kind.plural}.yaml`, yamlFile([customResourceDefinition(kind)]));
  for (const service of services) files.set(`manifests/rbac/${service.name}.yaml`, yamlFile(rbacManifests(service)));
  for (const [name, manifests] of admissionManifests(kinds))
    files.set(`manifests/admission/${name}.yaml`, yamlFile(manifests));
  for (const [name, manifests] of guardManifests(kinds)) files.set(`manifests/guard/${name}.yaml`, yamlFile(manifests));
  files.set("docs/reference/fields.md", fieldReference(kinds));
  files.set("docs/reference/conditions.md", conditionReference());
  return files;
}

function yamlFile(documents: readonly unknown[]): string {
  // kubectl reads YAML 1.1, to which a plain `no` is false.
  const options = { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" } as const;
  const text = documents.map((document) => stringify(document, options));
  return header + text.join("---\n");
}
