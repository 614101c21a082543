/**
 * What a URL must look like before it is followed, and where a redirect may lead. Pure; addresses are the connector's
 * matter.
 */
import { FetchError, shownUrl } from "./fetch-error.ts";

const urlCharsMax = 8192;

/** The URL, without fragment. Throws `UrlRefused`. */
export function fetchableUrl(text: string | URL): URL {
  const url = parsed(String(text));
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new FetchError("UrlRefused", `${url.protocol} URLs are not fetched; use https`);
  }
  if (url.username || url.password) {
    throw new FetchError("UrlRefused", `${shownUrl(url)} has a user name or password in it; leave them out of the URL`);
  }
  url.hash = "";
  return url;
}

/** Where a redirect leads. Throws `RedirectRefused`, or `UrlRefused` when the target is no URL to follow. */
export function redirectTarget(from: URL, location: string | undefined): URL {
  if (!location) throw new FetchError("RedirectRefused", `${shownUrl(from)} redirects without saying where to`);
  const to = fetchableUrl(parsed(location, from));
  if (from.protocol === "https:" && to.protocol === "http:") {
    throw new FetchError("RedirectRefused", `${shownUrl(from)} redirects from https to plain http (${shownUrl(to)})`);
  }
  return to;
}

/** Headers that may follow to another origin: what to send and in which form, never who asks. */
const harmlessHeaders = new Set(["accept", "accept-encoding", "if-range", "range", "user-agent"]);

/** What is left of the request's headers after a redirect: everything on one origin, only harmless ones beyond. */
export function headersAfterRedirect(from: URL, to: URL, headers: Record<string, string>): Record<string, string> {
  if (from.origin === to.origin) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmlessHeaders.has(name.toLowerCase())));
}

function parsed(text: string, base?: URL): URL {
  if (text.length > urlCharsMax) {
    throw new FetchError("UrlRefused", `a URL of ${text.length} characters; ${urlCharsMax} are the most`);
  }
  try {
    return new URL(text, base);
  } catch (cause) {
    const shown = text.slice(0, 100).replace(/[^\x21-\x7e]/g, "?");
    throw new FetchError("UrlRefused", `"${shown}" is not a URL; write https://host/path`, { cause });
  }
}
