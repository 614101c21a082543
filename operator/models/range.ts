/** Reads the part of a file that was asked for, and believes a server only when it says that it is that part. */
import type { FetchedResponse } from "../addresses/fetcher.ts";
import { asModelError } from "./fetch-failure.ts";
import { ModelError } from "./model-error.ts";

export interface Range {
  readonly first: number;
  readonly last: number;
}

/** The bytes from `first` to `last`, or fewer where the file ends before. Throws `BadAnswer` where other bytes come. */
export async function readRange(response: FetchedResponse, range: Range, name: string): Promise<Uint8Array> {
  if (response.status === 206 && startOf(response.headers["content-range"]) === range.first) {
    return response.body.bytes().catch((error: unknown) => {
      throw asModelError(error, name);
    });
  }
  response.body.discard();
  throw new ModelError("BadAnswer", `${name}: the server does not serve parts of files (status ${response.status})`);
}

/** Where the part begins: `bytes 100-199/1000` → 100. */
export function startOf(contentRange: string | undefined): number | undefined {
  const match = /^bytes (\d{1,15})-\d{1,15}\/(?:\d{1,15}|\*)$/i.exec(contentRange ?? "");
  return match ? Number(match[1]) : undefined;
}
