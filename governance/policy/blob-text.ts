/** The bytes of a blob as text, or why they are none. */
import type { Fault } from "./sift.ts";

/** First line of what Git LFS puts in the place of a file (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md). */
const lfsVersion = /^version https:\/\/(git-lfs\.github\.com|hawser\.github\.com)\/spec\//;

/** Keeps a byte order mark, which the YAML reader refuses: it must not be passed over in silence. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function textOf(bytes: Uint8Array): string | Fault {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return { reason: "the file is no UTF-8 text", fix: "save it as UTF-8" };
    throw error;
  }
  if (!lfsVersion.test(text)) return text;
  return {
    reason: "this is a pointer of Git LFS: what it stands for is on another server and can change without a vote",
    fix: "put the file itself into the repository: git lfs untrack, then add it again",
  };
}
