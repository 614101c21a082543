/** Where a remote is. Only what is known to be harmless is passed to git: it takes URLs that run programs. */
import { printable } from "../../../operator/text/printable.ts";
import { gitLimits } from "../limits.ts";
import { redacted } from "../program/failure.ts";
import { GitError } from "../repository.ts";

export interface Address {
  readonly kind: "ssh" | "https" | "loopback" | "path";
  readonly url: string;
}

/** Throws a `GitError` (`failed`) that says what can be given instead; it shows no credential. */
export function remoteAddress(url: string): Address {
  if (url === "" || url.length > gitLimits.urlCharsMax || url.startsWith("-") || /[\p{Cc}\p{Cs}]/u.test(url))
    throw refused(url);
  if (url.startsWith("/")) return { kind: "path", url };
  if (url.includes("://")) return addressOf(url);
  // `user@host:path`, and never `helper::address`.
  if (
    /^(?!(?:https?|ssh|file|git):)(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^:\\-][^:\\]*$/.test(url)
  )
    return { kind: "ssh", url };
  throw refused(url);
}

function addressOf(url: string): Address {
  // Where two readers of URLs could find two hosts, there is none.
  const isPlain = /^(?:file:\/\/|[a-z]+:\/\/[^/?#\\\s]+)\/[^?#\\\s]+$/.test(url);
  const parsed = isPlain && URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) throw refused(url);
  const { protocol, username, password, hostname, pathname } = parsed;
  if (password !== "" || (username !== "" && protocol !== "ssh:")) {
    throw new GitError(
      "failed",
      `${redacted(url)} holds a credential, which other programs here could read: give it beside the URL`,
    );
  }
  if (protocol === "file:" && hostname === "" && pathname.length > 1) return { kind: "path", url };
  if (hostname === "" || hostname.startsWith("-")) throw refused(url);
  if (protocol === "ssh:" && /^[A-Za-z0-9_.-]*$/.test(username) && !username.startsWith("-"))
    return { kind: "ssh", url };
  if (protocol === "https:") return { kind: "https", url };
  if (protocol === "http:" && isLoopback(hostname)) return { kind: "loopback", url };
  throw refused(url);
}

/** A forge on this machine, as tests and demonstrations have; nobody else can listen to it. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function refused(url: string): GitError {
  const shown = printable(redacted(url), 200);
  return new GitError(
    "failed",
    `"${shown}" cannot be the URL of a remote: give ssh://host/path, user@host:path, https://host/path or a path from / on`,
  );
}
