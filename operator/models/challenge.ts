/**
 * A registry that wants a token says where to get one: `WWW-Authenticate: Bearer realm="…",service="…",scope="…"`
 * (https://distribution.github.io/distribution/spec/auth/token/). We ask there as nobody in particular, which is how
 * public models are had. Like Ollama itself we ask only where the registry is: a model whose token comes from another
 * host could not be pulled anyway.
 */
export interface Challenge {
  /** Where to ask, parameters included. */
  readonly tokenUrl: URL;
}

/**
 * `undefined`: no token is offered, or only at a place where Ollama would not ask. `registry` is the origin that
 * answered.
 */
export function parseChallenge(header: string | undefined, registry: URL): Challenge | undefined {
  const bearer = /^\s*bearer\s+(.*)$/is.exec(header ?? "");
  if (!bearer) return undefined;
  const parameters = new Map<string, string>();
  for (const match of (bearer[1] ?? "").matchAll(/([a-z]+)=(?:"([^"]*)"|([^\s,]*))/gi)) {
    parameters.set((match[1] ?? "").toLowerCase(), match[2] ?? match[3] ?? "");
  }
  const tokenUrl = URL.canParse(parameters.get("realm") ?? "") ? new URL(parameters.get("realm") ?? "") : undefined;
  if (!tokenUrl || tokenUrl.host !== registry.host || tokenUrl.protocol !== registry.protocol) return undefined;
  const service = parameters.get("service");
  if (service) tokenUrl.searchParams.set("service", service);
  for (const scope of (parameters.get("scope") ?? "").split(" ").filter(Boolean)) {
    tokenUrl.searchParams.append("scope", scope);
  }
  return { tokenUrl };
}

const tokenCharsMax = 16_384;

/** The token in a token server's answer. */
export function parseToken(body: string): string | undefined {
  try {
    const json = JSON.parse(body) as { token?: unknown; access_token?: unknown } | null;
    const token = json?.token ?? json?.access_token;
    return typeof token === "string" && /^[\x21-\x7e]+$/.test(token) && token.length <= tokenCharsMax
      ? token
      : undefined;
  } catch {
    return undefined;
  }
}
