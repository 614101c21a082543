/** The only place where refusals become words: a clause that follows the host's name, without a full stop: `host-b (paused by its owner alice)`. */
import { formatBytes, formatBytesApart } from "../text/bytes.ts";
import { listed } from "../text/list.ts";
import { printable } from "../text/printable.ts";
import type { LeaveReason } from "./plan.ts";
import type { Refusal, RefusalDetail } from "./refusal.ts";

/** What hosts and owners said themselves is cut here. */
const quotedCharsMax = 200;

/** `needs 5.2 GiB; 3.1 GiB of 8.0 GiB free` */
export function inWords(refusal: RefusalDetail): string {
  switch (refusal.code) {
    case "HostNotReady":
      return `not ready: ${withoutStop(printable(refusal.message, quotedCharsMax))}`;
    case "HostLeaving":
      return "its ModelHost is being deleted";
    case "Paused":
      return `paused by its owner ${refusal.owner}`;
    case "QuietHours":
      return `quiet until ${localTime(refusal.until, refusal.timeZone)} ${refusal.timeZone}`;
    case "WrongLayer":
      return `a machine of the ${refusal.layer} layer; ${refusal.wanted} is wanted`;
    case "SelectorMismatch":
      return `lacks a label: ${refusal.requirement} is wanted, ${refusal.found === undefined ? "not set" : `found ${refusal.found || '""'}`}`;
    case "TrustTooLow":
      return `has trust ${refusal.trust}; ${refusal.wanted} is wanted`;
    case "NamespaceNotAllowed":
      return `takes no deployments of namespace ${refusal.namespace}, only of ${listed(refusal.allowed)}`;
    case "InsecureTransport":
      return "reached without encryption, which may not carry other people's words; give it an https endpoint";
    case "EngineVersionUnknown":
      return refusal.version === undefined
        ? "has not told its engine's version yet"
        : `tells an engine version that cannot be read: ${printable(refusal.version, 64)}`;
    case "EngineTooOld":
      return `runs Ollama ${printable(refusal.version, 64)}, too old to verify digests; ${refusal.minimum} or newer is needed`;
    case "ModelNotSupported":
      return `cannot run ${refusal.architecture ? `architecture ${printable(refusal.architecture, 64)}` : "this model"} with engine version ${printable(refusal.version, 64)}; it said: ${withoutStop(printable(refusal.said, quotedCharsMax))}`;
    case "NameInTheWay":
      return `has a model of its owner ${refusal.owner} named ${printable(refusal.model, quotedCharsMax)}, which is never overwritten`;
    case "BeingRemoved":
      return `still removing ${printable(refusal.model, quotedCharsMax)}`;
    case "NotEnoughDisk": {
      const [needed, free] = formatBytesApart(refusal.needed, Math.max(0, refusal.capacity - refusal.used));
      return `needs ${needed} of disk; ${free} of ${formatBytes(refusal.capacity)} free`;
    }
    case "LargerThanHost": {
      const [needed, allowed] = formatBytesApart(refusal.needed, refusal.allowed);
      const of =
        refusal.allowed < refusal.capacity
          ? ` of ${formatBytes(refusal.capacity)}, the share that ${refusal.owner} allows`
          : " in all";
      return `needs ${needed}; has ${allowed}${of}: ${formatBytes(refusal.needed - refusal.allowed)} too little`;
    }
    case "NotEnoughMemory": {
      const [needed, free] = formatBytesApart(refusal.needed, Math.max(0, refusal.allowed - refusal.used));
      return `needs ${needed}; ${free} of ${formatBytes(refusal.allowed)} free`;
    }
    case "OwnersModelsInMemory": {
      const [needed, free] = formatBytesApart(refusal.needed, Math.max(0, refusal.capacity - refusal.strangers));
      return `needs ${needed}; ${free} of ${formatBytes(refusal.capacity)} left beside its owner's own models`;
    }
    case "TooManyModels": {
      const least = refusal.isDeclared ? "" : ", where spec.engine.maxLoadedModels of the host says no other number";
      return `keeps ${refusal.maximum} ${refusal.maximum === 1 ? "model" : "models"} in memory${least}, and ${refusal.placed} ${refusal.placed === 1 ? "is" : "are"} placed there`;
    }
    case "BackingOff":
      return `left alone until ${utcTime(refusal.until)} after ${refusal.failures} ${refusal.failures === 1 ? "failure" : "failures"}: ${withoutStop(printable(refusal.message, quotedCharsMax))}`;
  }
}

/** `host-a (needs 5.2 GiB; 3.1 GiB of 8.0 GiB free)` */
export function withHost(refusal: Refusal): string {
  return `${refusal.host} (${inWords(refusal)})`;
}

/** Why a replica leaves its host, as a clause: `paused by its owner alice`. */
export function leaveInWords(why: LeaveReason): string {
  switch (why.code) {
    case "ScaledDown":
      return "fewer replicas are wanted";
    case "HostRefuses":
      return withHost(why.refusal);
    case "HostGone":
      return `${why.host} is no longer a host`;
    case "Preempted":
      return `makes room for ${why.by}, which has a higher priority`;
    case "BeingRemoved":
      return "being removed";
  }
}

function withoutStop(text: string): string {
  return text.replace(/[.\s]+$/, "");
}

function localTime(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(
    ms,
  );
}

function utcTime(ms: number): string {
  return `${localTime(ms, "UTC")} UTC`;
}
