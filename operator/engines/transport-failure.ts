/** What Node and undici call a failed exchange, in our codes. Their codes are stable; their messages are not read. */
import { printable } from "../text/printable.ts";
import { EngineError, type EngineErrorCode } from "./error.ts";

export function transportFailure(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const code = codeOf(error);
  const [ours, words] = known[code] ?? guess(code);
  return new EngineError(ours, words ?? `the host could not be asked (${printable(code || "unknown", 60)})`, {
    cause: error,
  });
}

type Named = readonly [EngineErrorCode, string?];

const known: Readonly<Record<string, Named>> = {
  ECONNREFUSED: ["Unreachable", "the host refused the connection: nothing listens at its address and port"],
  ECONNRESET: ["Unreachable", "the connection to the host broke"],
  EPIPE: ["Unreachable", "the connection to the host broke"],
  ENOTFOUND: ["Unreachable", "the host's name cannot be resolved"],
  EAI_AGAIN: ["Unreachable", "the host's name cannot be resolved now"],
  EHOSTUNREACH: ["Unreachable", "no route leads to the host"],
  ENETUNREACH: ["Unreachable", "no route leads to the host"],
  ETIMEDOUT: ["Unreachable", "the host did not answer on the network"],
  UND_ERR_CONNECT_TIMEOUT: ["Unreachable", "the host did not accept a connection in time"],
  UND_ERR_SOCKET: ["Unreachable", "the host closed the connection before its answer was whole"],
  UND_ERR_DESTROYED: ["Unreachable", "the connection to the host was closed by us"],
  UND_ERR_CLOSED: ["Unreachable", "the connection to the host was closed by us"],
  UND_ERR_HEADERS_OVERFLOW: ["BadResponse", "the host sent too many headers"],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ["BadResponse", "the host's answer was not as long as it said"],
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: ["InvalidRequest", "the bytes given were not as many as announced"],
  CERT_HAS_EXPIRED: ["Untrusted", "the host's certificate has expired"],
  CERT_NOT_YET_VALID: ["Untrusted", "the host's certificate is not valid yet"],
  CERT_REVOKED: ["Untrusted", "the host's certificate was revoked"],
  ERR_TLS_CERT_ALTNAME_INVALID: ["Untrusted", "the host's certificate names another host"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["Untrusted", "the host's certificate is signed by itself: give its CA or pin its key"],
  SELF_SIGNED_CERT_IN_CHAIN: [
    "Untrusted",
    "the host's certificate chains to an unknown CA: give that CA or pin the key",
  ],
  UNABLE_TO_GET_ISSUER_CERT: [
    "Untrusted",
    "the host's certificate chains to an unknown CA: give that CA or pin the key",
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "Untrusted",
    "the host's certificate chains to an unknown CA: give that CA or pin the key",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "Untrusted",
    "the host's certificate chains to an unknown CA: give that CA or pin the key",
  ],
  CERT_SIGNATURE_FAILURE: ["Untrusted", "the host's certificate is not signed by the CA that it names"],
};

function guess(code: string): Named {
  if (code.startsWith("HPE_")) return ["BadResponse", "the host does not speak HTTP"];
  // Alerts that the host sends after our certificate: unknown CA, bad certificate, certificate required.
  if (/ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code))
    return ["Denied", "the host refused our client certificate"];
  if (code.startsWith("ERR_SSL_")) return ["Unreachable", "TLS with the host failed: is it https at all?"];
  return ["Unreachable"];
}

/** undici wraps some errors; the first code found on the way down counts. */
function codeOf(error: unknown): string {
  for (let depth = 0, at = error; depth < 4 && at instanceof Error; depth++, at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === "string") return code;
  }
  return "";
}
