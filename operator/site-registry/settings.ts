/** What the filler is told from outside, each with its meaning and bounds. Pure: `main.ts` passes the environment in. */
import { z } from "zod";
import { insecureRegistriesVariable, siteRegistryVariable } from "../models/registry-settings.ts";
import {
  type Environment,
  type LogLevel,
  listOf,
  logLevelVariable,
  readVariables,
  stopTimeoutVariable,
  type Variable,
  whole,
} from "../settings/variables.ts";

export interface FillerSettings {
  /** `host` or `host:port` by which operator and hosts know the site's registry. */
  readonly siteRegistry: string;
  /** Where it is written to: an origin. */
  readonly door: URL;
  /** Where parts of models lie until they are whole. */
  readonly folder: string;
  readonly listenAddress: string;
  /** 0: a free one. */
  readonly port: number;
  /** Addresses that registries may have though they are not public. */
  readonly allowedAddresses: readonly string[];
  /** `host` or `host:port`. */
  readonly insecureRegistries: readonly string[];
  readonly stopTimeoutMs: number;
  readonly logLevel: LogLevel;
}

export const variables: readonly Variable<FillerSettings>[] = [
  {
    ...siteRegistryVariable,
    schema: siteRegistryVariable.schema.refine(
      (text) => text !== "",
      "name the site's own registry, host or host:port",
    ),
    meaning: "The site's own registry, `host` or `host:port`, as the operator names it. Required.",
  },
  {
    setting: "door",
    name: "COMMONHOLD_REGISTRY_DOOR",
    schema: z
      .string()
      .refine((text) => URL.canParse(text) && /^https?:\/\/[^/]+\/?$/.test(text), "write http://, a host and its port")
      .transform((text) => new URL(text)),
    fallback: "http://127.0.0.1:11437",
    meaning: "Where the site's registry is written to.",
  },
  {
    setting: "folder",
    name: "COMMONHOLD_FILLING_FOLDER",
    schema: z.string().min(1),
    fallback: "/var/lib/filling",
    meaning:
      "Folder for what was fetched in part, on the disk of the site's registry. It belongs to the filler alone: what no deployment names is removed from it.",
  },
  {
    setting: "listenAddress",
    name: "COMMONHOLD_FILLER_HOST",
    schema: z.string().min(1),
    fallback: "127.0.0.1",
    meaning: "Address to serve metrics and health on.",
  },
  {
    setting: "port",
    name: "COMMONHOLD_FILLER_PORT",
    schema: whole(0, 65_535),
    fallback: "11438",
    meaning: "Port to serve metrics and health on; 0 takes a free one and the log says which.",
  },
  {
    setting: "allowedAddresses",
    name: "COMMONHOLD_ALLOWED_ADDRESSES",
    schema: listOf(),
    fallback: "",
    meaning:
      "Addresses and networks of registries that are not public, with commas between: `127.0.0.1:5000,10.0.0.0/8`.",
  },
  insecureRegistriesVariable,
  stopTimeoutVariable,
  logLevelVariable,
];

/** Throws a `TypeError` that names every variable that cannot be read, and why. An empty variable counts as absent. */
export function readSettings(environment: Environment): FillerSettings {
  return readVariables(variables, environment);
}
