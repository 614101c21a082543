/**
 * The checks up to the base: the unchanged, verified model under a name of ours. A person's own model is never overwritten: where
 * the host has other content under the name that a pull would write, this host cannot be used.
 */
import { formatBytesApart } from "../../text/bytes.ts";
import type { Draft } from "../draft.ts";
import type { HostFacts } from "../snapshot.ts";
import type { Wanted } from "../wanted.ts";
import { wordsOfStep } from "./begin.ts";
import type { Next } from "./realise.ts";
import { hasBase, type Situation } from "./situation.ts";

/** Ours only if we wrote it down before the pull, and only while it still is what we pulled. */
export function dropTheDownload(at: Situation): Next | undefined {
  const { part, host, wanted } = at;
  if (part.pulled === undefined || !wanted || !hasBase(at)) return undefined;
  if (host.models.get(part.pulled)?.digest !== wanted.digest) {
    delete part.pulled;
    return undefined;
  }
  return wordsOfStep({ kind: "DropPulled", name: part.pulled, digest: wanted.digest }, host.name);
}

/** Whoever's model it is and whatever it is called: a copy of the same content takes nothing from anybody. */
export function aliasIt({ part, host, wanted, draft }: Situation): Next | undefined {
  if (!wanted?.pull || part.base === undefined) return undefined;
  const from = nameWith(host, wanted);
  if (from === undefined) return undefined;
  return wordsOfStep(
    { kind: "Alias", from, base: part.base, digest: wanted.digest, describe: isUnknown(draft) },
    host.name,
  );
}

/** The name of the download before any other. */
function nameWith({ models }: HostFacts, { pull, digest }: Wanted): string | undefined {
  if (pull && models.get(pull.name)?.digest === digest) return pull.name;
  return [...models.keys()].toSorted().find((name) => models.get(name)?.digest === digest);
}

export function makeTheBase(at: Situation): Next | undefined {
  const { part, host, wanted } = at;
  if (wanted?.source !== "Files" || part.base === undefined) return undefined;
  return (
    roomOnDisk(at) ??
    wordsOfStep({ kind: "MakeBase", base: part.base, files: wanted.files, describe: isUnknown(at.draft) }, host.name)
  );
}

function isUnknown({ status }: Draft): boolean {
  return status.model?.blockCount === undefined;
}

/** There is no pull by digest: a tag that points elsewhere now cannot give this content, so nothing is downloaded for nothing. */
export function waitForAnHonestTag({ draft, host, wanted }: Situation): Next | undefined {
  const { model } = draft.status;
  const now = digestNow(draft);
  if (!wanted?.pull || now === undefined || now === wanted.digest) return undefined;
  // A copy that fills itself keeps what is wanted, wherever the tag points.
  if (model?.pulledFrom !== undefined && draft.snapshot.resolution.result?.atSite === wanted.digest) return undefined;
  return {
    state: "Failed",
    reason: "TagMoved",
    message: `${host.name} does not have ${wanted.digest}, and ${model?.reference} is ${now} now; write spec.model.digest: ${now} to take that on every host.`,
  };
}

/** What the reference of the served model means now, if it is known to mean something else; also while a spec pins what nobody serves. */
function digestNow({ snapshot, status }: Draft): string | undefined {
  const { reference, result } = snapshot.resolution;
  return status.available?.digest ?? (reference === status.model?.reference ? result?.model.digest : undefined);
}

export function pullIt(at: Situation): Next | undefined {
  const { part, host, draft, wanted } = at;
  if (!wanted?.pull || part.base === undefined) return undefined;
  const { name, reference, insecure } = wanted.pull;
  const there = host.models.get(name);
  if (there && part.pulled !== name) {
    return {
      state: "Failed",
      reason: "NameTaken",
      message: `${host.name} has a model named ${name} with other content (${there.digest}) that is not ours; it is never overwritten. Rename or remove it there, or let another host serve this.`,
    };
  }
  if (part.pulled !== name) {
    // Written down first; the plan after the write begins the pull.
    part.pulled = name;
    return { state: "Pending", reason: "Waiting", message: `Next: ${host.name} downloads ${reference}.` };
  }
  const full = roomOnDisk(at);
  if (full) return full;
  const expected = draft.snapshot.resolution.result?.layers ?? [];
  const holdAs = part.base;
  return wordsOfStep({ kind: "Pull", reference, name, digest: wanted.digest, insecure, holdAs, expected }, host.name);
}

/** Ollama does not look before it downloads, and a full disk breaks it until it is restarted. */
function roomOnDisk({ host, wanted }: Situation): Next | undefined {
  const { disk } = host.placement;
  if (!disk || !wanted || disk.usedBytes + wanted.sizeBytes <= disk.capacityBytes) return undefined;
  const [needed, free] = formatBytesApart(wanted.sizeBytes, Math.max(0, disk.capacityBytes - disk.usedBytes));
  return {
    state: "Failed",
    reason: "DiskFull",
    message: `${host.name} needs ${needed} of disk for the model and has ${free} free; nothing was downloaded.`,
  };
}
