/** What a service works with, each as a process has it that may end at any change that it makes by it. */
import type { Forge } from "../../../governance/forges/forge.ts";
import type { GitRepository, NewCommit } from "../../../governance/git/repository.ts";
import type { DecisionLog } from "../../../governance/log/decision-log.ts";
import type { Rollout } from "../../../governance/rollout/rollout.ts";
import type { PinStore } from "../../../governance/service/pins.ts";
import type { Journal } from "../../../governance/sightings/journal.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import { digestOf } from "../../../operator/tlog/digest.ts";
import type { Life } from "./life.ts";

export function mortalRepository(repository: GitRepository, life: Life): GitRepository {
  return life.over(repository, {
    writeBlob: () => "git blob",
    writeTree: (_: unknown, files: Readonly<Record<string, Uint8Array | undefined>>) => `git tree ${contentOf(files)}`,
    writeCommit: ({ tree, message }: NewCommit) => `git commit ${tree} ${message.split("\n")[0]}`,
    writeTag: ({ name }: { name: string }) => `git tag ${name}`,
    updateRef: (name: string, oid: string) => `git ref ${name} ${oid}`,
    deleteRef: (name: string) => `git ref ${name} no more`,
    fetch: (_: unknown, refspecs: readonly string[]) => `git fetch ${refspecs}`,
    push: (_: unknown, refspecs: readonly string[]) => `git push ${refspecs}`,
    maintain: () => "git maintain",
  });
}

function contentOf(files: Readonly<Record<string, Uint8Array | undefined>>): string[] {
  return Object.entries(files).map(([path, bytes]) => `${path} ${bytes ? digestOf(bytes) : "removed"}`);
}

export function mortalForge(forge: Forge, life: Life): Forge {
  return life.over(forge, {
    report: ({ proposal, vote }: { proposal: string; vote: { title: string } }) => `report ${proposal} ${vote.title}`,
    reportCommit: ({ commit, title }: { commit: string; title: string }) => `report on ${commit} ${title}`,
    offerRevert: ({ head }: { head: string }) => `offer to revert ${head}`,
  });
}

export function mortalJournal(journal: Journal, life: Life): Journal {
  return life.over(journal, {
    note: (seen: readonly { kind: string; proposal: string; id: string }[]) =>
      `note ${seen.map(({ kind, proposal, id }) => `${kind} ${id || proposal}`)}`,
    keepOnly: () => "forget sightings",
  });
}

export function mortalLog<L extends DecisionLog>(log: L, life: Life): L {
  return life.over(log, { append: (record: object) => `log ${JSON.stringify(record)}` });
}

export function mortalRollout(rollout: Rollout, life: Life): Rollout {
  return life.over(rollout, {
    advance: ({ commit, overlays }: { commit: string; overlays: readonly unknown[] }) =>
      `advance ${commit} and ${overlays.length} overlays`,
  });
}

export function mortalPins(pins: PinStore, life: Life): PinStore {
  return life.over(pins, { write: ({ minimum }: { minimum: { size: number } }) => `pin ${minimum.size} records` });
}

/** Events do not count: nobody relies on them. */
export function mortalClient(client: KubeClient, life: Life): KubeClient {
  const named = (verb: string) => (type: { kind: string }, object: { metadata?: { name: string }; name?: string }) =>
    `${verb} ${type.kind} ${object.metadata?.name ?? object.name}`;
  return life.over(client, { apply: named("apply"), patch: named("patch"), remove: named("remove") });
}
