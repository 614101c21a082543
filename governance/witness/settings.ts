/** What a witness is told from outside, each with its meaning and bounds. Pure: `main.ts` passes the environment in. */
import { z } from "zod";
import {
  type Environment,
  type LogLevel,
  listOf,
  logLevelVariable,
  readVariables,
  stopTimeoutVariable,
  type Variable,
  whole,
} from "../../operator/settings/variables.ts";
import { type Hash, isHash } from "../../operator/tlog/merkle/hash.ts";
import { fromBase64 } from "../../operator/tlog/note/base64.ts";
import { isKeyName, type PublicNoteKey, parsePublicKey } from "../../operator/tlog/note/key.ts";

export interface Settings {
  readonly stateFolder: string;
  readonly keyName: string;
  readonly origin: string;
  readonly logKeys: readonly PublicNoteKey[];
  readonly genesis: Hash;
  readonly listenAddress: string;
  /** 0: a free one. */
  readonly port: number;
  readonly stopTimeoutMs: number;
  readonly logLevel: LogLevel;
}

/** Of a log: kind 1. */
export function logKeyOf(text: string): PublicNoteKey | undefined {
  try {
    const key = parsePublicKey(text);
    return key.kind === 1 ? key : undefined;
  } catch {
    return undefined; // the caller says how one looks
  }
}

export function genesisLeafOf(text: string): Hash | undefined {
  const hash = fromBase64(text);
  return isHash(hash) ? hash : undefined;
}

const logKey = z.string().refine((text) => logKeyOf(text) !== undefined, {
  error: "is no public key of a log: <name>+<eight hex digits>+<base64>, as `commonhold log verify` shows it",
});

export const variables: readonly Variable<Settings>[] = [
  {
    setting: "stateFolder",
    name: "COMMONHOLD_WITNESS_STATE",
    schema: z.string().min(1),
    fallback: "/var/lib/commonhold-witness",
    meaning:
      "Folder of its key and of what it signed. It must survive restarts and belong to this witness alone: one that forgets can be shown two histories.",
  },
  {
    setting: "keyName",
    name: "COMMONHOLD_WITNESS_NAME",
    schema: z.string().refine((name) => name === "" || isKeyName(name), "a name has neither spaces nor +"),
    fallback: "",
    meaning: "Name of this witness, for example `ada.example/witness`: needed once, when its key is made.",
  },
  {
    setting: "origin",
    name: "COMMONHOLD_WITNESS_ORIGIN",
    schema: z.string().min(1, "say which log is witnessed: its origin, as `commonhold log verify` shows it"),
    fallback: "",
    meaning: "Origin of the log that is witnessed, for example `commonhold.example/log`.",
  },
  {
    setting: "logKeys",
    name: "COMMONHOLD_WITNESS_LOG_KEYS",
    schema: listOf(logKey)
      .refine((keys) => keys.length > 0, "give one key of the log, or two while it changes them")
      .transform((keys) => keys.flatMap((text) => logKeyOf(text) ?? [])),
    fallback: "",
    meaning: "Public keys that the log signs with, with commas between; two while it changes them.",
  },
  {
    setting: "genesis",
    name: "COMMONHOLD_WITNESS_GENESIS",
    schema: z
      .string()
      .refine((text) => genesisLeafOf(text) !== undefined, "give the leaf hash of the log's first record, in base 64")
      .transform((text) => genesisLeafOf(text)),
    fallback: "",
    meaning: "Leaf hash of the log's first record in base 64: a log that began otherwise is never signed.",
  },
  {
    setting: "listenAddress",
    name: "COMMONHOLD_WITNESS_HOST",
    schema: z.string().min(1),
    fallback: "127.0.0.1",
    meaning: "Address to listen on.",
  },
  {
    setting: "port",
    name: "COMMONHOLD_WITNESS_PORT",
    schema: whole(0, 65_535),
    fallback: "8090",
    meaning: "Port to listen on; 0 takes a free one and the log says which.",
  },
  stopTimeoutVariable,
  logLevelVariable,
];

/** Throws a `TypeError` that names every variable that cannot be read, and why. An empty variable counts as absent. */
export function readSettings(environment: Environment): Settings {
  return readVariables(variables, environment);
}
