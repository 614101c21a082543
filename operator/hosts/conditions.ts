/** What the status says of a host: one finding per condition type, each from the snapshot alone; Ready is made of them in one place. */

import semver from "semver";
import { type modelHostConditions, modelHostReadiness, type modelHostReasons } from "../apis/conditions/model-host.ts";
import { rfc3339 } from "../clock/clock.ts";
import { digestTrust } from "../engines/ollama/versions.ts";
import { type Condition, type Finding, findCondition, setConditions, summarise } from "../kube/conditions.ts";
import { listed } from "../text/list.ts";
import { printable } from "../text/printable.ts";
import { judgeSettings } from "./engine-settings.ts";
import type { Hardware } from "./hardware.ts";
import { isUnstable } from "./liveness.ts";
import type { Names } from "./names.ts";
import type { HostSnapshot } from "./snapshot.ts";

type Type = keyof typeof modelHostConditions;
type Reason = keyof typeof modelHostReasons;
interface Said {
  readonly status: Finding["status"];
  readonly reason: Reason;
  readonly message: string;
}

/** Older ones cannot make a model from files over the API. */
export const oldestOllama = "0.6.0";

export function conditionsOf(snapshot: HostSnapshot, names: Names, hardware: Hardware): readonly Condition[] {
  const { object, now } = snapshot;
  const generation = object.metadata.generation;
  const before = (object.status?.conditions ?? []) as readonly Condition[];
  const said: Record<Exclude<Type, "Ready">, Said> = {
    Reachable: reachable(snapshot, before),
    EngineSupported: engineSupported(snapshot, before),
    MemoryKnown: { status: "True", reason: hardware.reason, message: sentence(hardware.message) },
    InsecureTransport: insecureTransport(snapshot),
    Paused: paused(snapshot),
    Quiet: quiet(snapshot),
    Unstable: unstable(snapshot),
    SettingsDiffer: settingsDiffer(snapshot),
    RemovalsPending: removalsPending(snapshot, names),
    UnknownModels: unknownModels(names),
    Stalled: stalled(snapshot, before),
  };
  const findings = Object.entries(said).map(
    ([type, words]): Finding => ({ type, ...words, observedGeneration: generation }),
  );
  const known = before.filter(({ type }) => type in said || type === "Ready");
  const set = setConditions(known, findings, now);
  const ready = summarise(set, { target: "Ready", ...modelHostReadiness, ready: serving(snapshot) }, generation);
  return setConditions(set, [ready], now);
}

function serving({ object, facts, quiet: state }: HostSnapshot): { reason: Reason; message: string } {
  const engine = `Ollama ${printable(facts?.version ?? object.status?.version ?? "", 64)} answers`;
  const moves = "nothing new is placed there and what runs moves away";
  if (object.spec.pause) {
    return { reason: "PausedByOwner", message: `${engine}; paused by its owner ${object.spec.owner}: ${moves}.` };
  }
  if (state.kind === "Quiet")
    return { reason: "QuietHours", message: `${engine}; quiet until ${rfc3339(state.until)}: ${moves}.` };
  return { reason: "Serving", message: `${engine}.` };
}

function reachable({ connection, liveness, facts }: HostSnapshot, before: readonly Condition[]): Said {
  if (connection.kind === "Unusable") {
    return { status: "False", reason: connection.reason, message: sentence(connection.message) };
  }
  if (liveness.reachable) {
    return { status: "True", reason: "Answering", message: `Ollama ${printable(facts?.version ?? "", 64)} answers.` };
  }
  const { failure } = liveness;
  if (liveness.asked && failure) {
    return { status: "False", reason: failure.reason, message: sentence(`It does not answer: ${failure.message}`) };
  }
  // After a restart what was known holds until the first answer or miss: asking takes no time worth telling.
  const known = findCondition(before, "Reachable");
  const { status = "Unknown", reason = "NotAskedYet", message = "It has not been asked yet." } = known ?? {};
  return { status, reason: reason as Reason, message };
}

function engineSupported({ facts }: HostSnapshot, before: readonly Condition[]): Said {
  if (!facts) {
    const {
      status = "Unknown",
      reason = "VersionUnknown",
      message = "No version is known yet.",
    } = findCondition(before, "EngineSupported") ?? {};
    return { status, reason: reason as Reason, message };
  }
  const version = printable(facts.version, 64);
  if (isTooOld(facts.version)) {
    const message = `Ollama ${version} is older than ${oldestOllama}: upgrade it.`;
    return { status: "False", reason: "VersionTooOld", message };
  }
  switch (digestTrust(facts.version)) {
    case "registry":
      return { status: "True", reason: "VersionSupported", message: `Ollama ${version} keeps what registries serve.` };
    case "own-encoding": {
      const message = `Ollama ${version} re-encodes what registries serve, so only models from files can be verified there; 0.20.0 or newer can do both.`;
      return { status: "True", reason: "FilesOnly", message };
    }
    case "unknown-version": {
      const message = `The engine tells version ${version || "nothing"}, which says nothing of what it can do: only models from files are placed there.`;
      return { status: "True", reason: "VersionUnknown", message };
    }
  }
}

export function isTooOld(version: string): boolean {
  const parsed = semver.coerce(version);
  return parsed !== null && !semver.eq(parsed, "0.0.0") && semver.lt(parsed, oldestOllama);
}

function insecureTransport({ connection }: HostSnapshot): Said {
  const { transport } = connection;
  if (!transport)
    return { status: "False", reason: "Encrypted", message: "A tunnel is encrypted by the host's own key." };
  return { status: transport.secure ? "False" : "True", reason: transport.reason, message: transport.message };
}

function paused({ object }: HostSnapshot): Said {
  return object.spec.pause
    ? { status: "True", reason: "PausedByOwner", message: `Paused by its owner ${object.spec.owner}.` }
    : { status: "False", reason: "NotPaused", message: "Not paused." };
}

function quiet({ quiet: state }: HostSnapshot): Said {
  switch (state.kind) {
    case "Quiet":
      return {
        status: "True",
        reason: "QuietHours",
        message: `Quiet until ${rfc3339(state.until)} (${state.timeZone}).`,
      };
    case "Open":
      return { status: "False", reason: "NotQuiet", message: "No quiet hours now." };
    case "UnknownZone":
      return { status: "True", reason: "UnknownTimeZone", message: unknownZone(state) };
  }
}

function unknownZone({ timeZone, nearest }: { timeZone: string; nearest: readonly string[] }): string {
  const meant = nearest[0] === undefined ? "write an IANA name, for example Europe/Berlin" : `is ${nearest[0]} meant?`;
  return `Quiet hours name the time zone ${printable(timeZone, 64)}, which is not known; ${meant}`;
}

function unstable({ liveness, now }: HostSnapshot): Said {
  if (!isUnstable(liveness, now)) return { status: "False", reason: "Steady", message: "It does not come and go." };
  const until = rfc3339(liveness.unstableUntil ?? now);
  const message = `Lost ${liveness.losses.length} times lately; nothing new is placed there until ${until}.`;
  return { status: "True", reason: "ComesAndGoes", message };
}

function settingsDiffer({ object, facts, wants }: HostSnapshot): Said {
  const { differ, reason, message } = judgeSettings(object.spec.engine, facts?.loaded ?? [], wants);
  return { status: differ ? "True" : "False", reason, message: sentence(message) };
}

/** Names that are spelled out in a message. */
const namesShownMax = 3;

function removalsPending(snapshot: HostSnapshot, { removals }: Names): Said {
  const { object, liveness, connection } = snapshot;
  const leaving = object.metadata.deletionTimestamp !== undefined;
  if (removals.length === 0)
    return { status: "False", reason: "NothingToRemove", message: "Nothing waits for removal." };
  const names = listed(
    removals.map(({ model }) => printable(model, 120)),
    namesShownMax,
  );
  if (!liveness.reachable || connection.kind === "Unusable") {
    const way = leaving
      ? `; annotate the ModelHost with commonhold.dev/abandon=true to delete it without cleaning the machine`
      : "";
    return {
      status: "True",
      reason: "WaitingForHost",
      message: `Removed as soon as the host answers: ${names}${way}.`,
    };
  }
  const failed = removals.find(({ message }) => message !== undefined);
  if (failed) {
    const message = sentence(
      `${printable(failed.model, 120)} could not be removed: ${failed.message}; it is tried again`,
    );
    return { status: "True", reason: "RemovalFailed", message };
  }
  return { status: "True", reason: "Removing", message: `Being removed: ${names}.` };
}

function unknownModels({ unknown }: Names): Said {
  if (unknown.length === 0) {
    return {
      status: "False",
      reason: "NoneUnknown",
      message: "Every model named like ours was made by this installation.",
    };
  }
  const names = listed(
    unknown.map((name) => printable(name, 120)),
    namesShownMax,
  );
  const message = `Named like ours, but not written down as made here: ${names}. Another installation may use this machine; if not, remove them with \`ollama rm\`.`;
  return { status: "True", reason: "NotMadeHere", message };
}

/** Why nothing gets better by itself, if so. */
function stalled({ connection, liveness, quiet: state, facts }: HostSnapshot, before: readonly Condition[]): Said {
  if (connection.kind === "Unusable" && connection.terminal) {
    return { status: "True", reason: connection.reason, message: sentence(connection.message) };
  }
  const { failure } = liveness;
  if (connection.kind === "Usable" && !liveness.reachable && failure?.terminal) {
    return { status: "True", reason: failure.reason, message: sentence(failure.message) };
  }
  const known = findCondition(before, "Stalled");
  if (connection.kind === "Usable" && !liveness.asked && known?.status === "True") {
    return { status: "True", reason: known.reason as Reason, message: known.message };
  }
  if (state.kind === "UnknownZone") return { status: "True", reason: "UnknownTimeZone", message: unknownZone(state) };
  if (facts && isTooOld(facts.version)) {
    const message = `Ollama ${printable(facts.version, 64)} is older than ${oldestOllama}: upgrade it.`;
    return { status: "True", reason: "VersionTooOld", message };
  }
  return { status: "False", reason: "Progressing", message: "Nothing needs a person." };
}

function sentence(clause: string): string {
  const text = clause.charAt(0).toUpperCase() + clause.slice(1);
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
