/** What git printed when it failed, as an error with a sentence: in one line, printable, and without any credential. */
import { printable } from "../../../operator/text/printable.ts";
import { GitError, type GitErrorCode } from "../repository.ts";

export interface Failure {
  /** What was asked, for instance `fetch`. */
  readonly verb: string;
  readonly exit: number | string;
  readonly stderr: string;
  /** Where nothing in `stderr` says more. */
  readonly code?: GitErrorCode;
  /** Never shown. */
  readonly secrets?: readonly string[];
}

export function failure({ verb, exit, stderr, code = "failed", secrets = [] }: Failure): GitError {
  const said = words(stderr, secrets);
  // What a remote says is shown and decides nothing.
  const own = stderr.replace(/^remote: .*$/gm, "");
  const known = causes.find(({ pattern }) => pattern.test(own))?.code ?? code;
  return new GitError(known, `git ${verb} failed (${exit})${said === "" ? "" : `: ${said}`}`);
}

/** Hides the user and the password of every URL, and `secrets`. */
export function redacted(text: string, secrets: readonly string[] = []): string {
  const hidden = secrets
    .filter((secret) => secret.length > 0)
    .reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
  return hidden.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/]*@/gi, "$1…@");
}

function words(stderr: string, secrets: readonly string[]): string {
  const lines = redacted(stderr, secrets)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("hint:"));
  return printable(lines.slice(-linesMax).join("; "), charsMax);
}

/** Sentences of git (under LC_ALL=C) whose cause is another than the verb lets expect. */
const causes: readonly { readonly pattern: RegExp; readonly code: GitErrorCode }[] = [
  {
    pattern: /No space left on device|Disk quota exceeded|Read-only file system/,
    code: "failed",
  },
  {
    pattern: /fsck error|object corrupt or missing|is corrupt|bad object|did not match .*hash|inflate: /,
    code: "damaged",
  },
  { pattern: /early EOF|disconnect|hung up/, code: "unreachable" },
  // What receives objects was ended without a word: a file would have become larger than it may (SIGXFSZ).
  { pattern: /died of signal 25|File too large|invalid index-pack output/, code: "too-large" },
  { pattern: /cannot lock ref|Unable to create '.*\.lock'/, code: "conflict" },
  { pattern: /\[rejected\]/, code: "rejected" },
  { pattern: /couldn't find remote ref|invalid refspec|does not support --atomic/, code: "failed" },
  { pattern: /not a git repository/, code: "unusable" },
];

const linesMax = 6;
const charsMax = 600;
