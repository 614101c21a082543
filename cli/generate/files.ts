import { generatedReference } from "../../api/reference/files.ts";
import { generatedManifests } from "../../operator/apis/generate/manifests.ts";

/** Every generated file: path from the repository's root to content. */
export function generatedFiles(): Map<string, string> {
  return new Map([...generatedManifests(), ...generatedReference()]);
}
