/** Of every process of ours that asks registries. */
import { z } from "zod";
import { listOf } from "../settings/variables.ts";
import { parseReference } from "./reference.ts";

const registryHost = z.string().refine(
  (host) => {
    try {
      return parseReference(`${host}/library/model:latest`).host === host;
    } catch {
      return false;
    }
  },
  { error: (issue) => `"${issue.input}" is no registry; write host or host:port, without scheme and path` },
);

export const insecureRegistriesVariable = {
  setting: "insecureRegistries",
  name: "COMMONHOLD_INSECURE_REGISTRIES",
  schema: listOf(registryHost),
  fallback: "",
  meaning: "Registries that are spoken to in plain http, `host` or `host:port`, with commas between.",
} as const;

export const siteRegistryVariable = {
  setting: "siteRegistry",
  name: "COMMONHOLD_SITE_REGISTRY",
  schema: z.literal("").or(registryHost),
  fallback: "",
  meaning:
    "The site's own registry, `host` or `host:port`: models are taken from there where it has them, by the operator and by every host. In plain http it must be among the insecure registries, at a private address among the allowed ones.",
} as const;
