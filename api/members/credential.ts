/**
 * What a request brings to prove who asks: an API key (`Authorization: Bearer …` as OpenAI's and Ollama's libraries send it, or
 * `x-api-key` as Anthropic's do), or the signature that the `ollama` command makes when `OLLAMA_AUTH=1` is set, because it
 * cannot send a key (https://github.com/ollama/ollama/blob/v0.24.0/api/client.go).
 */
import type { IncomingHttpHeaders } from "node:http";

export type Credential =
  | { readonly kind: "key"; readonly key: string }
  | {
      readonly kind: "signature";
      /** Base64 of the public key, as the second word of an `ssh-ed25519 …` line has it. */
      readonly publicKey: string;
      readonly signature: Buffer;
      /** What was signed: `POST,/api/chat?ts=1767225600`. */
      readonly signed: string;
      /** Seconds since the epoch by the client's clock. */
      readonly atS: number;
    };

export interface Presented {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
}

/** Unchecked. `Authorization` wins where several are present. */
export function presentedCredential({ headers, method, url }: Presented): Credential | undefined {
  const authorization = headers.authorization ?? "";
  const bearer = /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return { kind: "key", key: bearer };
  const signature = signatureIn(authorization, method, url);
  if (signature) return signature;
  const header = headers["x-api-key"];
  const key = (Array.isArray(header) ? header[0] : header)?.trim();
  return key ? { kind: "key", key } : undefined;
}

/** `<base64 key>:<base64 signature>`, and the time in the query. */
function signatureIn(authorization: string, method: string, url: string): Credential | undefined {
  const [, publicKey, signature] = /^([A-Za-z0-9+/]+=*):([A-Za-z0-9+/]+=*)$/.exec(authorization) ?? [];
  const [path = "", query = ""] = url.split("?");
  const ts = new URLSearchParams(query).get("ts") ?? "";
  if (publicKey === undefined || signature === undefined || !/^\d{1,12}$/.test(ts)) return undefined;
  const signed = `${method},${path}?ts=${ts}`;
  return { kind: "signature", publicKey, signature: Buffer.from(signature, "base64"), signed, atS: Number(ts) };
}
