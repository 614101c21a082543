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

export const siteRegistryFillsVariable = {
  setting: "siteRegistryFills",
  name: "COMMONHOLD_SITE_REGISTRY_FILLS",
  schema: z.enum(["true", "false"]).transform((text) => text === "true"),
  fallback: "false",
  meaning:
    "Whether the site's own registry fills itself (`true`). What a name means is then asked of the model's own registry, and hosts take the site's copy of it.",
} as const;
