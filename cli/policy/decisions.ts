/** The decision log as it is on the remote, verified; and what stands for it where no service wrote one yet. */
import type { Evidence } from "../../governance/evidence/evidence.ts";
import { fetched, remoteRefs, repositoryId } from "../../governance/forges/git/names.ts";
import type { Call, GitRepository, Oid } from "../../governance/git/repository.ts";
import type { CheckedLog } from "../../governance/log/checked-log.ts";
import type { LoggedRecord } from "../../governance/log/decision-log.ts";
import { evidenceBytesMax } from "../../governance/log/entry.ts";
import { LogError } from "../../governance/log/log-error.ts";
import type { GenesisRecord } from "../../governance/log/record.ts";
import { verifyLog } from "../../governance/log/verify-log.ts";
import { parseCanonicalJson } from "../../operator/tlog/canonical-json.ts";
import { digestOf } from "../../operator/tlog/digest.ts";
import { PolicyRefusal } from "./refusal.ts";
import { rememberLog, seenLog } from "./seen-log.ts";

export interface Decisions {
  /** Oldest first; the first one is the genesis. */
  readonly records: readonly LoggedRecord[];
  readonly genesis: Oid;
  /** `git:…` or `github:…`. */
  readonly repository: string;
  /** Whether there is a log; else no service has looked at this repository yet. */
  readonly hasLog: boolean;
  /** SSH key (`type base64`) of the service that writes the log. */
  readonly service?: string;
  evidence(digest: string): Promise<Evidence | undefined>;
}

export interface DecisionSource {
  readonly repository: GitRepository;
  /** The first commit of the policy branch. */
  readonly first: Oid;
  /** File that remembers how far the log was seen. */
  readonly seenPath: string;
  /** For sentences. */
  readonly name: string;
}

/** Throws a PolicyRefusal where the log is not what a log is, or not the one that was seen here before. */
export async function readDecisions(source: DecisionSource, call: Call): Promise<Decisions> {
  const { repository, seenPath } = source;
  const tip = await repository.resolve(fetched(remoteRefs.log), call);
  const minimum = seenLog(seenPath);
  if (tip === undefined && minimum) {
    throw untrue(source, `it had ${minimum.size} records when it was last looked at from here, and now there is none`);
  }
  if (tip === undefined) return undecided(source, call);
  const checked = await verified(source, tip, call);
  rememberLog(seenPath, checked.head);
  const { genesis, records, keys } = checked;
  return {
    records,
    genesis: genesis.commit,
    repository: genesis.repository,
    hasLog: true,
    ...(keys.signer !== undefined && { service: keys.signer }),
    evidence: (digest) => storedEvidence(repository, checked, digest, call),
  };
}

async function verified(source: DecisionSource, tip: Oid, call: Call): Promise<CheckedLog> {
  const minimum = seenLog(source.seenPath);
  try {
    return await verifyLog(source.repository, tip, minimum ? { minimum } : {}, call);
  } catch (error) {
    if (error instanceof LogError && !error.isTransient) throw untrue(source, error.message, error);
    throw error;
  }
}

function untrue({ name, seenPath }: DecisionSource, why: string, cause?: unknown): PolicyRefusal {
  return new PolicyRefusal(
    `the decision log of ${name} is not to be believed: ${why}. Compare with other members; when it is clear why, remove ${seenPath} to take the log as it is now`,
    { cause },
  );
}

async function storedEvidence(
  repository: GitRepository,
  checked: CheckedLog,
  digest: string,
  call: Call,
): Promise<Evidence | undefined> {
  const stored = checked.evidence(digest);
  const bytes = stored && (await repository.blob(stored.oid, { ...call, bytesMax: evidenceBytesMax }));
  if (!bytes || digestOf(bytes) !== digest) return undefined;
  return parseCanonicalJson(Buffer.from(bytes).toString("utf8")) as unknown as Evidence;
}

/** As if the first commit had been ratified and nothing since, which is what a service will find. */
async function undecided({ repository, first }: DecisionSource, call: Call): Promise<Decisions> {
  const tree = (await repository.commit(first, call))?.tree ?? first;
  const id = repositoryId(first);
  const unknown = { constitution: "", members: "", origin: "", logKey: "" };
  const record: GenesisRecord = { kind: "genesis", format: 1, at: 0, repository: id, commit: first, tree, ...unknown };
  return {
    records: [{ index: 0, record, digest: "" }],
    genesis: first,
    repository: id,
    hasLog: false,
    evidence: async () => undefined,
  };
}
