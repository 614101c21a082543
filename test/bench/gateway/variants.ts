/** What is compared: the upstream itself, nginx before it, our gateway before it, and peers that a person started. */
import type { Target } from "./load.ts";

export interface Variant {
  readonly name: string;
  readonly target: Target;
  /** Whose CPU time and memory count; none for the upstream itself, and for peers whose process is not known. */
  readonly pids: () => readonly number[];
  /** It may be left out of the comparison when it does not answer. */
  readonly isPeer: boolean;
}

export const naked = "naked upstream";
export const nginx = "nginx";
export const ours = "commonhold";

export interface PeerOptions {
  /** `NAME=URL`, each. */
  readonly urls: readonly string[];
  readonly keys: readonly string[];
  readonly models: readonly string[];
  readonly pids: readonly string[];
}

/** Throws a `TypeError` that says which option cannot be read. */
export function peersFrom(options: PeerOptions): Variant[] {
  const names = options.urls.map((option) => named("--peer", option));
  const of = (flag: string, given: readonly string[]) => {
    const values = new Map(given.map((option) => named(flag, option)));
    for (const name of values.keys()) {
      if (!names.some(([peer]) => peer === name))
        throw new TypeError(`${flag} ${name}=…: there is no --peer ${name}=URL`);
    }
    return values;
  };
  const [keys, models, pids] = [
    of("--peer-key", options.keys),
    of("--peer-model", options.models),
    of("--peer-pid", options.pids),
  ];
  return names.map(([name, text]) => {
    const url = loopbackUrl(name, text);
    const pid = pids.get(name);
    if (pid !== undefined && !/^[1-9]\d*$/.test(pid))
      throw new TypeError(`--peer-pid ${name}=${pid}: this is no process id`);
    const target = { url, key: keys.get(name), model: models.get(name) ?? "bench" };
    return { name, target, pids: () => (pid === undefined ? [] : [Number(pid)]), isPeer: true };
  });
}

function named(flag: string, option: string): [string, string] {
  const at = option.indexOf("=");
  if (at < 1 || at === option.length - 1) throw new TypeError(`${flag} ${option}: write ${flag} NAME=VALUE`);
  const name = option.slice(0, at);
  if ([naked, nginx, ours].includes(name))
    throw new TypeError(`${flag} ${option}: "${name}" is taken, choose another name`);
  return [name, option.slice(at + 1)];
}

/** Load goes to this machine only: nobody else's service is to be measured by accident. */
function loopbackUrl(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:")
    throw new TypeError(`--peer ${name}=${text}: write its base URL, such as http://127.0.0.1:4000/v1`);
  if (!["127.0.0.1", "localhost", "[::1]"].includes(url.hostname))
    throw new TypeError(
      `--peer ${name}=${text}: load is sent to this machine only, so the peer must listen on 127.0.0.1`,
    );
  return text;
}
