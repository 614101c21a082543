import { describe, expect, test } from "vitest";
import type { RefusalCode } from "../refusal.ts";
import { inWords } from "../sentences.ts";
import type { Demand, PlacementHost } from "../snapshot.ts";
import { demand, digest, GiB, host, memory, now } from "../testing/builders.ts";
import { evictionHelps, firstRefusal } from "./all.ts";
import { type HostUsage, nothingUsed } from "./filter.ts";

interface Case {
  host?: Partial<PlacementHost>;
  demand?: Parameters<typeof demand>[1];
  usage?: Partial<HostUsage>;
  /** The sentence, or nothing where the host takes it. */
  says?: string;
  code?: RefusalCode;
}

const other = `sha256:${"b".repeat(64)}`;
const ollama = (version?: string) => ({
  kind: "Ollama" as const,
  parallel: 1,
  kvCacheType: "f16" as const,
  ...(version === undefined ? {} : { version }),
});
const files: Partial<Demand> = {
  model: { source: "Files", digest, sizeBytes: GiB, names: [{ name: "commonhold/m:aaaaaaaaaaaa" }] },
};

const cases: Record<string, Case> = {
  "a plain host takes a plain replica": {},
  "a host that is not ready says why": {
    host: {
      notReady: { reason: "Unreachable", message: "no answer since 11:58 UTC: connection refused.", since: now },
    },
    code: "HostNotReady",
    says: "not ready: no answer since 11:58 UTC: connection refused",
  },
  "control characters in what a host said do not reach the sentence": {
    host: { notReady: { reason: "Unreachable", message: "bad\u001b[31m words", since: now } },
    code: "HostNotReady",
    says: "not ready: bad\\x1b[31m words",
  },
  "a host whose ModelHost is being deleted takes nothing new": {
    host: { leaving: { since: now }, paused: { since: now } },
    code: "HostLeaving",
    says: "its ModelHost is being deleted",
  },
  "a paused host names its owner": {
    host: { paused: { since: now } },
    code: "Paused",
    says: "paused by its owner alice",
  },
  "the owner's will is told before a technical reason": {
    host: { paused: { since: now }, notReady: { reason: "Unreachable", message: "gone", since: now } },
    code: "Paused",
    says: "paused by its owner alice",
  },
  "quiet hours tell when they end, in the owner's time": {
    host: { quiet: { since: now - 1, until: Date.UTC(2026, 10, 24, 6, 0), timeZone: "Europe/Berlin" } },
    code: "QuietHours",
    says: "quiet until 07:00 Europe/Berlin",
  },
  "quiet hours that are over refuse nothing": {
    host: { quiet: { since: now - 2, until: now, timeZone: "UTC" } },
  },
  "an edge machine takes no community model": {
    host: { layer: "edge" },
    code: "WrongLayer",
    says: "a machine of the edge layer; community is wanted",
  },
  "a community machine takes no edge model": {
    demand: { layer: "edge" },
    code: "WrongLayer",
    says: "a machine of the community layer; edge is wanted",
  },
  "a label that is not set": {
    demand: { hostSelector: { matchLabels: { gpu: "big" } } },
    code: "SelectorMismatch",
    says: "lacks a label: gpu=big is wanted, not set",
  },
  "a label with another value": {
    host: { labels: { gpu: "small" } },
    demand: { hostSelector: { matchLabels: { gpu: "big" } } },
    code: "SelectorMismatch",
    says: "lacks a label: gpu=big is wanted, found small",
  },
  "a value that is not among those wanted": {
    host: { labels: { zone: "c" } },
    demand: { hostSelector: { matchExpressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] } },
    code: "SelectorMismatch",
    says: "lacks a label: zone in (a, b) is wanted, found c",
  },
  "a value that is excluded": {
    host: { labels: { zone: "a" } },
    demand: { hostSelector: { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] } },
    code: "SelectorMismatch",
    says: "lacks a label: zone not in (a) is wanted, found a",
  },
  "NotIn holds where the label is absent": {
    demand: { hostSelector: { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] } },
  },
  "a label that must exist": {
    demand: { hostSelector: { matchExpressions: [{ key: "zone", operator: "Exists" }] } },
    code: "SelectorMismatch",
    says: "lacks a label: zone to be set is wanted, not set",
  },
  "a label that must not exist": {
    host: { labels: { slow: "" } },
    demand: { hostSelector: { matchExpressions: [{ key: "slow", operator: "DoesNotExist" }] } },
    code: "SelectorMismatch",
    says: 'lacks a label: slow not to be set is wanted, found ""',
  },
  "labels that fit": {
    host: { labels: { gpu: "big", zone: "a" } },
    demand: {
      hostSelector: { matchLabels: { gpu: "big" }, matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] },
    },
  },
  "an unknown host where known ones are asked for": {
    host: { trust: "unknown" },
    code: "TrustTooLow",
    says: "has trust unknown; known is wanted",
  },
  "a known host where trusted ones are asked for": {
    demand: { minimumTrust: "trusted" },
    code: "TrustTooLow",
    says: "has trust known; trusted is wanted",
  },
  "more trust than asked for is welcome": { host: { trust: "trusted" } },
  "a namespace that the owner does not let in": {
    host: { allowedNamespaces: ["lab", "school"] },
    code: "NamespaceNotAllowed",
    says: "takes no deployments of namespace default, only of lab and school",
  },
  "a namespace that is on the list": { host: { allowedNamespaces: ["lab", "default"] } },
  "plain http out in the world": {
    host: { transportSecure: false },
    code: "InsecureTransport",
    says: "reached without encryption, which may not carry other people's words; give it an https endpoint",
  },
  "a member's own device may use its own network": {
    host: { transportSecure: false, layer: "edge" },
    demand: { layer: "edge" },
  },
  "a version that is not known yet": {
    host: { engine: ollama() },
    code: "EngineVersionUnknown",
    says: "has not told its engine's version yet",
  },
  "a version that cannot be read": {
    host: { engine: ollama("nightly") },
    code: "EngineVersionUnknown",
    says: "tells an engine version that cannot be read: nightly",
  },
  "a build without a version stamp": {
    host: { engine: ollama("0.0.0") },
    code: "EngineVersionUnknown",
    says: "tells an engine version that cannot be read: 0.0.0",
  },
  "an Ollama that re-encodes manifests": {
    host: { engine: ollama("0.19.4") },
    code: "EngineTooOld",
    says: "runs Ollama 0.19.4, too old to verify digests; 0.20.0 or newer is needed",
  },
  "the first Ollama that keeps them": { host: { engine: ollama("0.20.0") } },
  "a candidate of that release": { host: { engine: ollama("0.20.0-rc1") } },
  "an old Ollama takes a model from files, which is pinned by them": {
    host: { engine: ollama("0.12.0") },
    demand: files,
  },
  "an engine that said it cannot run the model": {
    demand: {
      model: { source: "Files", digest, sizeBytes: 1, architecture: "mamba3", names: [] },
      unsupported: [{ host: "host-a", version: "0.24.0", said: "unknown model architecture: 'mamba3'." }],
    },
    code: "ModelNotSupported",
    says: "cannot run architecture mamba3 with engine version 0.24.0; it said: unknown model architecture: 'mamba3'",
  },
  "what an earlier version could not run is tried again": {
    demand: { unsupported: [{ host: "host-a", version: "0.23.0", said: "no" }] },
  },
  "a model of the owner that has the name": {
    host: { models: [{ name: "smollm2:135m", digest: other, bytes: 1, ours: false }] },
    demand: { model: { source: "Registry", digest, sizeBytes: 1, names: [{ name: "smollm2:135m", digest }] } },
    code: "NameInTheWay",
    says: "has a model of its owner alice named smollm2:135m, which is never overwritten",
  },
  "a model of the owner that is the same one": {
    host: { models: [{ name: "smollm2:135m", digest, bytes: 1, ours: false }] },
    demand: { model: { source: "Registry", digest, sizeBytes: 1, names: [{ name: "smollm2:135m", digest }] } },
  },
  "a name that is still on its way out": {
    host: { removing: ["commonhold/m:aaaaaaaaaaaa"] },
    code: "BeingRemoved",
    says: "still removing commonhold/m:aaaaaaaaaaaa",
  },
  "a host that comes and goes": {
    host: { backOff: { until: now + 60_000, failures: 4 } },
    code: "BackingOff",
    says: "left alone until 12:01 UTC after 4 failures: the connection to it came and went",
  },
  "a deployment that failed there just now": {
    demand: { failures: [{ host: "host-a", until: now + 1, failures: 1, message: "the pull stalled" }] },
    code: "BackingOff",
    says: "left alone until 12:00 UTC after 1 failure: the pull stalled",
  },
  "a failure on another host counts nothing here": {
    demand: { failures: [{ host: "host-b", until: now + 1, failures: 1, message: "the pull stalled" }] },
  },
  "a failure that is long ago": {
    demand: { failures: [{ host: "host-a", until: now, failures: 1, message: "the pull stalled" }] },
  },
  "a disk that is too full": {
    host: { disk: { capacityBytes: 10 * GiB, usedBytes: 9.5 * GiB } },
    code: "NotEnoughDisk",
    says: "needs 1.0 GiB of disk; 512 MiB of 10.0 GiB free",
  },
  "a disk that promised downloads fill": {
    host: { disk: { capacityBytes: 10 * GiB, usedBytes: 8 * GiB } },
    usage: { diskBytes: 1.5 * GiB },
    code: "NotEnoughDisk",
    says: "needs 1.0 GiB of disk; 512 MiB of 10.0 GiB free",
  },
  "a full disk that has the model already": {
    host: {
      disk: { capacityBytes: 10 * GiB, usedBytes: 10 * GiB },
      models: [{ name: "whatever:latest", digest, bytes: GiB, ours: false }],
    },
  },
  "a disk of which the owner says nothing is not checked": { demand: { model: { ...files.model!, sizeBytes: 1e15 } } },
  "memory that is promised already": {
    demand: { GiB: 5.2 },
    usage: { bytes: 4.9 * GiB, replicas: 1 },
    code: "NotEnoughMemory",
    says: "needs 5.2 GiB; 3.1 GiB of 8.0 GiB free",
  },
  "sizes that would read the same get more decimals": {
    demand: { GiB: 3.12 },
    usage: { bytes: 4.9 * GiB, replicas: 1 },
    code: "NotEnoughMemory",
    says: "needs 3.12 GiB; 3.10 GiB of 8.0 GiB free",
  },
  "a model larger than the machine": {
    demand: { GiB: 40 },
    code: "LargerThanHost",
    says: "needs 40.0 GiB; has 8.0 GiB in all: 32.0 GiB too little",
  },
  "a model larger than what the owner allows": {
    host: { memory: memory(4, 16) },
    demand: { GiB: 6 },
    code: "LargerThanHost",
    says: "needs 6.0 GiB; has 4.0 GiB of 16.0 GiB, the share that alice allows: 2.0 GiB too little",
  },
  "the owner's own models take the room": {
    host: { memory: memory(8, 8, 7) },
    code: "OwnersModelsInMemory",
    says: "needs 2.0 GiB; 1.0 GiB of 8.0 GiB left beside its owner's own models",
  },
  "the owner's models and ours together": {
    host: { memory: memory(8, 8, 3) },
    usage: { bytes: 4 * GiB, replicas: 1 },
    code: "NotEnoughMemory",
    says: "needs 2.0 GiB; 1.0 GiB of 5.0 GiB free",
  },
  "memory that fits to the byte": { demand: { GiB: 8 } },
  "as many models in memory as the server keeps": {
    host: { engine: { ...ollama("0.24.0"), maxLoadedModels: 1 } },
    usage: { replicas: 1 },
    code: "TooManyModels",
    says: "keeps 1 model in memory, and 1 is placed there",
  },
  "as many as Ollama keeps by itself, where nothing is declared": {
    usage: { replicas: 3 },
    code: "TooManyModels",
    says: "keeps 3 models in memory, where spec.engine.maxLoadedModels of the host says no other number, and 3 are placed there",
  },
  "one fewer than Ollama keeps by itself": { usage: { replicas: 2 } },
  "room for one more model": { host: { engine: { ...ollama("0.24.0"), maxLoadedModels: 2 } }, usage: { replicas: 1 } },
};

describe("filters", () => {
  test.each(Object.entries(cases))("%s", (_, { host: changes, demand: asks, usage, says, code }) => {
    const question = {
      now,
      demand: demand("m", asks),
      host: host("host-a", changes),
      usage: { ...nothingUsed, ...usage },
    };
    const refusal = firstRefusal(question);
    expect(refusal?.code).toBe(code);
    expect(refusal && inWords(refusal)).toBe(says);
  });

  test("every code is refused by some case above", () => {
    const shown = new Set(Object.values(cases).map(({ code }) => code));
    expect(Object.keys(evictionHelps).filter((code) => !shown.has(code as RefusalCode))).toEqual([]);
  });
});
