/**
 * The URL that OLLAMA_HOST means to a client, read as Ollama itself reads it: scheme, port and host may each be missing.
 * https://github.com/ollama/ollama/blob/v0.24.0/envconfig/config.go (Host). Undefined when nothing usable is said.
 */
export function ollamaUrl(text: string | undefined): string | undefined {
  const said = text?.trim().replace(/^["']|["']$/g, "") ?? "";
  if (said === "") return undefined;
  const [scheme, rest] = /^https?:\/\//.test(said) ? (said.split("://", 2) as [string, string]) : ["http", said];
  const authority = rest.split("/", 1)[0] ?? "";
  const host = withHost(authority);
  const url = URL.canParse(`${scheme}://${host}`) ? new URL(`${scheme}://${host}`) : undefined;
  if (url?.username !== "") return undefined; // also when there is no URL at all
  // Without a scheme, an absent port is Ollama's own; with one it is the scheme's.
  const port = url.port === "" && !said.includes("://") ? portDefault : url.port;
  return `${scheme}://${reachable(url.hostname)}${port === "" ? "" : `:${port}`}`;
}

const portDefault = "11434";

function withHost(authority: string): string {
  if (/^(:\d*)?$/.test(authority)) return `127.0.0.1${authority}`;
  // A bare IPv6 address has several colons and no brackets.
  return /^[^[\]]*:[^[\]]*:/.test(authority) ? `[${authority}]` : authority;
}

/** "All addresses" is where a server listens; a client takes the loopback of the same family. */
function reachable(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "[::]" ? "[::1]" : hostname;
}
