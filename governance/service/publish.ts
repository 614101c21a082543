/**
 * Brings the log to where others see it: its size and root into the cluster, its checkpoint to the witnesses, all of it to the remote.
 * One of them that fails keeps none of the others from it, and is tried again by the next pass.
 */
import { noteVerifier } from "../../operator/tlog/note/verify.ts";
import type { Forge } from "../forges/forge.ts";
import { fetched } from "../forges/git/names.ts";
import type { GitRepository } from "../git/repository.ts";
import { checkpointRef } from "../log/cosigned.ts";
import type { OpenedLog } from "../log/open-log.ts";
import { fetchedLogRef, publishedRef } from "../log/remote-log.ts";
import type { Cosigner } from "../witness/client/cosign.ts";
import type { PinStore } from "./pins.ts";

const fetchedCheckpointRef = fetched(checkpointRef);

export interface PublisherOptions {
  readonly repository: GitRepository;
  readonly forge: Forge;
  readonly log: OpenedLog;
  readonly pins: PinStore;
  /** Left out where no witness was named. */
  readonly cosigner?: Cosigner;
}

export class WitnessError extends Error {
  override readonly name = "WitnessError";
}

export function createPublisher(options: PublisherOptions): (signal: AbortSignal) => Promise<void> {
  let pinnedSize = 0;
  let cosignedSize = 0;
  const pin = async (signal: AbortSignal): Promise<void> => {
    const { origin, genesisDigest, head, checkpoint } = options.log;
    if (head.size === pinnedSize) return;
    await options.pins.write({ origin, genesisDigest, minimum: head, checkpoint }, signal);
    pinnedSize = head.size;
  };
  const witness = async (signal: AbortSignal): Promise<void> => {
    const { cosigner, log } = options;
    if (!cosigner || log.head.size === cosignedSize) return;
    if (await cosign(cosigner, log, signal)) cosignedSize = log.head.size;
  };
  const push = async (signal: AbortSignal): Promise<void> => {
    const { repository, forge, log } = options;
    if (await isPublished(repository, log, signal)) return;
    const remote = await forge.remote(signal);
    const compared = await log.compareWithRemote(remote, { signal });
    await log.publish(remote, { signal });
    await notePushed(repository, log, signal);
    if (compared.state === "truncated") {
      throw new Error(
        `somebody removed ${compared.published - compared.size} records of the log from the remote; they are there again: look who may push to refs/commonhold/log`,
      );
    }
  };
  return (signal) => inTurn([pin, witness, push], signal);
}

/** By what the fetch of this pass has brought. Notes what was pushed, where a crash came before the note of it. */
async function isPublished(repository: GitRepository, { commit }: OpenedLog, signal: AbortSignal): Promise<boolean> {
  const [there, noted, checkpoint, checkpointThere] = await Promise.all(
    [fetchedLogRef, publishedRef, checkpointRef, fetchedCheckpointRef].map((ref) =>
      repository.resolve(ref, { signal }),
    ),
  );
  if (there !== commit) return false;
  if (noted !== commit) await repository.updateRef(publishedRef, commit, undefined, { signal });
  // Witnesses may have answered long after the records were pushed.
  return checkpoint === undefined || checkpoint === checkpointThere;
}

/** As the next fetch would. */
async function notePushed(repository: GitRepository, { commit }: OpenedLog, signal: AbortSignal): Promise<void> {
  await repository.updateRef(fetchedLogRef, commit, undefined, { signal });
  const checkpoint = await repository.resolve(checkpointRef, { signal });
  if (checkpoint) await repository.updateRef(fetchedCheckpointRef, checkpoint, undefined, { signal });
}

async function cosign(cosigner: Cosigner, log: OpenedLog, signal: AbortSignal): Promise<boolean> {
  const { size } = log.head;
  const cosigning = await cosigner.cosign(
    {
      origin: log.origin,
      size,
      note: log.cosigned?.startsWith(textOf(log.checkpoint)) ? log.cosigned : log.checkpoint,
      consistencyProof: (from, to) => log.tree.consistencyProof(from, to),
      verifiers: log.keys.map(({ key }) => noteVerifier(key)),
      root: (at) => log.tree.root(at),
      checkpointAt: (at) => log.checkpointAt(at, { signal }),
    },
    signal,
  );
  if (cosigning.cosigned > 0) await log.keepCosigned(cosigning.note, { signal });
  const liars = cosigning.answers.filter(({ disagreement }) => disagreement !== undefined);
  if (liars.length > 0) {
    const whom = liars.map(
      ({ witness, disagreement }) => `${witness.url} (${disagreement?.code} at ${disagreement?.size})`,
    );
    throw new WitnessError(
      `witnesses know another log: ${whom.join(", ")}; \`commonhold log verify --witness\` shows the proof`,
    );
  }
  if (!cosigning.isEnough) {
    const failed = cosigning.answers
      .filter(({ answer }) => answer.state !== "cosigned")
      .map(({ witness }) => witness.url);
    throw new WitnessError(
      `${cosigning.cosigned} witnesses have cosigned ${size} records, too few; no answer from ${failed.join(", ")}`,
    );
  }
  return failedNone(cosigning.answers.map(({ answer }) => answer.state));
}

function failedNone(states: readonly string[]): boolean {
  return states.every((state) => state === "cosigned");
}

function textOf(note: string): string {
  return note.slice(0, note.indexOf("\n\n") + 1);
}

/** All are tried; the first failure is told, with how many more there were. */
async function inTurn(works: readonly ((signal: AbortSignal) => Promise<void>)[], signal: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  for (const work of works) {
    try {
      await work(signal);
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
