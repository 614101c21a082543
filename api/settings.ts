/** Every bound of the gateway with its unit, and the variables that set them. Pure: `main.ts` passes the environment in. */
import { z } from "zod";
import {
  type Environment,
  type LogLevel,
  listOf,
  logLevelVariable,
  milliseconds,
  readVariables,
  type Variable,
  whole,
} from "../operator/settings/variables.ts";

export interface Settings {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Namespace of the Secrets that ModelHosts name. */
  readonly namespace: string;
  readonly bodyBytesMax: number;
  /** Of all requests that are being read or answered, together. */
  readonly bodiesBytesMax: number;
  /** Until a request's headers, and the whole of it, have arrived. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** From asking a host to the first byte of its answer: prefill, and for an answer in one piece the whole generation. */
  readonly firstByteTimeoutMs: number;
  /** Silence of a host in the middle of an answer. */
  readonly idleTimeoutMs: number;
  /** A client that reads nothing for so long has left, though its connection stands. */
  readonly clientStallTimeoutMs: number;
  readonly queueTimeoutMs: number;
  /** Requests that may wait for each place on a host. */
  readonly queuePerPlaceMax: number;
  /** Hosts that are asked for one request, one after another. */
  readonly attemptsMax: number;
  /** How long streams may go on after a signal to stop. */
  readonly drainTimeoutMs: number;
  /** How long what is known goes on being trusted while the API server is away. */
  readonly staleAfterMs: number;
  readonly connectionsMax: number;
  /** Addresses of hosts that are not on the public Internet (`operator/addresses`). */
  readonly hostAddresses: readonly string[];
  readonly metrics: "auto" | "open" | "maintainers" | "off";
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
}

export const variables: readonly Variable<Settings>[] = [
  {
    setting: "host",
    name: "COMMONHOLD_GATEWAY_HOST",
    schema: z.string().min(1),
    fallback: "127.0.0.1",
    meaning: "Address to listen on.",
  },
  {
    setting: "port",
    name: "COMMONHOLD_GATEWAY_PORT",
    schema: whole(0, 65_535),
    fallback: "11435",
    meaning: "Port to listen on; 0 takes a free one and the log says which.",
  },
  {
    setting: "namespace",
    name: "COMMONHOLD_NAMESPACE",
    schema: z.string().min(1),
    fallback: "commonhold-system",
    meaning: "Namespace of the Secrets that ModelHosts name.",
  },
  {
    setting: "hostAddresses",
    name: "COMMONHOLD_HOST_ADDRESSES",
    schema: listOf(),
    fallback: "",
    meaning:
      "Addresses and networks of hosts that are not public, with commas between: `127.0.0.1:11434,10.0.0.0/8`. Plain http goes to these only.",
  },
  {
    setting: "bodyBytesMax",
    name: "COMMONHOLD_BODY_BYTES_MAX",
    schema: whole(1024, 1024 ** 3),
    fallback: String(32 * 1024 ** 2),
    meaning: "Largest body of a request in bytes.",
  },
  {
    setting: "bodiesBytesMax",
    name: "COMMONHOLD_BODIES_BYTES_MAX",
    schema: whole(1024, 1024 ** 4),
    fallback: String(1024 ** 3),
    meaning: "Largest sum of all bodies held at once, in bytes.",
  },
  {
    setting: "headersTimeoutMs",
    name: "COMMONHOLD_HEADERS_TIMEOUT_MS",
    schema: milliseconds(),
    fallback: "15000",
    meaning: "Until a request's headers have arrived.",
  },
  {
    setting: "requestTimeoutMs",
    name: "COMMONHOLD_REQUEST_TIMEOUT_MS",
    schema: milliseconds(),
    fallback: "60000",
    meaning: "Until a request has arrived whole.",
  },
  {
    setting: "connectTimeoutMs",
    name: "COMMONHOLD_CONNECT_TIMEOUT_MS",
    schema: milliseconds(),
    fallback: "3000",
    meaning: "Until a connection to a host stands.",
  },
  {
    setting: "firstByteTimeoutMs",
    name: "COMMONHOLD_FIRST_BYTE_TIMEOUT_MS",
    schema: milliseconds(),
    fallback: "600000",
    meaning: "Until a host's answer begins; an answer in one piece has to be finished by then.",
  },
  {
    setting: "idleTimeoutMs",
    name: "COMMONHOLD_IDLE_TIMEOUT_MS",
    schema: milliseconds(),
    fallback: "120000",
    meaning: "Silence of a host within an answer.",
  },
  {
    setting: "clientStallTimeoutMs",
    name: "COMMONHOLD_CLIENT_STALL_TIMEOUT_MS",
    schema: milliseconds(),
    fallback: "60000",
    meaning: "A client that reads nothing for so long is cut off.",
  },
  {
    setting: "queueTimeoutMs",
    name: "COMMONHOLD_QUEUE_TIMEOUT_MS",
    schema: milliseconds(),
    fallback: "60000",
    meaning: "Longest wait for a place on a host.",
  },
  {
    setting: "queuePerPlaceMax",
    name: "COMMONHOLD_QUEUE_PER_PLACE_MAX",
    schema: whole(0, 10_000),
    fallback: "8",
    meaning: "Requests that may wait for each place on a host.",
  },
  {
    setting: "attemptsMax",
    name: "COMMONHOLD_ATTEMPTS_MAX",
    schema: whole(1, 10),
    fallback: "3",
    meaning: "Hosts that are asked for one request before its first byte.",
  },
  {
    setting: "drainTimeoutMs",
    name: "COMMONHOLD_DRAIN_TIMEOUT_MS",
    schema: milliseconds(),
    fallback: "25000",
    meaning: "How long streams may go on after a signal to stop.",
  },
  {
    setting: "staleAfterMs",
    name: "COMMONHOLD_STALE_AFTER_MS",
    schema: milliseconds(),
    fallback: String(15 * 60 * 1000),
    meaning: "How long cached members and deployments are trusted while the Kubernetes API is away.",
  },
  {
    setting: "connectionsMax",
    name: "COMMONHOLD_CONNECTIONS_MAX",
    schema: whole(1, 1_000_000),
    fallback: "10000",
    meaning: "Connections of clients at once.",
  },
  {
    setting: "metrics",
    name: "COMMONHOLD_METRICS",
    schema: z.enum(["auto", "open", "maintainers", "off"]),
    fallback: "auto",
    meaning:
      "Who may read /metrics, which names hosts and deployments. `open`: everybody who reaches the port. `maintainers`: keys of maintainers and services. `off`: nobody. `auto`: open while the gateway listens on loopback only, else maintainers.",
  },
  {
    setting: "corsOrigins",
    name: "COMMONHOLD_CORS_ORIGINS",
    schema: listOf(),
    fallback: "",
    meaning: "Origins whose pages in a browser may ask, with commas between; none.",
  },
  logLevelVariable,
];

/** Throws a `TypeError` that names every variable that cannot be read, and why. An empty variable counts as absent. */
export function readSettings(environment: Environment): Settings {
  return readVariables(variables, environment);
}
