/** Says in our terms what a web server said instead of a file. */
import { shownUrl } from "../addresses/fetch-error.ts";
import type { FetchedResponse } from "../addresses/fetcher.ts";
import { ModelError } from "./model-error.ts";
import { waitOf } from "./retry-after.ts";

/** `undefined` for an answer that brings bytes of the file. */
export function fileRefusal(response: FetchedResponse, nowMs: number): ModelError | undefined {
  const { status } = response;
  if (status === 200 || status === 206) return undefined;
  const where = shownUrl(response.finalUrl);
  const retryAfterMs = waitOf(response.headers["retry-after"], nowMs);
  if (status === 404 || status === 410)
    return new ModelError("NotFound", `there is no file at ${where} (status ${status})`);
  if (status === 401 || status === 403) {
    return new ModelError(
      "Denied",
      `${where} is not public (status ${status}); only files that everybody may fetch can be used`,
    );
  }
  if (status === 429) return new ModelError("TooManyRequests", `${where} is asked too often`, { retryAfterMs });
  if (status >= 500) return new ModelError("Unreachable", `${where} fails (status ${status})`, { retryAfterMs });
  return new ModelError("Refused", `${where} is refused (status ${status})`);
}
