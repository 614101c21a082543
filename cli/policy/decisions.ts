/** The decision log as it is on the remote, verified; and what stands for it where no service wrote one yet. */
import { fetched, remoteRefs, repositoryId } from "../../governance/forges/git/names.ts";
import type { Call, GitRepository, Oid } from "../../governance/git/repository.ts";
import type { CheckedLog } from "../../governance/log/checked-log.ts";
import type { LoggedRecord } from "../../governance/log/decision-log.ts";
import type { GenesisRecord } from "../../governance/log/record.ts";
import { verifyLog } from "../../governance/log/verify-log.ts";

export interface Decisions {
  /** Oldest first; the first one is the genesis. */
  readonly records: readonly LoggedRecord[];
  readonly genesis: Oid;
  /** `git:…` or `github:…`. */
  readonly repository: string;
  /** Undefined where there is no log: no service has looked at this repository yet. */
  readonly log?: { readonly tip: Oid; readonly checked: CheckedLog };
}

/** `first`: the first commit of the policy branch. Throws a LogError where the log is not what a log is. */
export async function readDecisions(repository: GitRepository, first: Oid, call: Call): Promise<Decisions> {
  const tip = await repository.resolve(fetched(remoteRefs.log), call);
  if (tip === undefined) return undecided(repository, first, call);
  const checked = await verifyLog(repository, tip, {}, call);
  const { genesis } = checked;
  return {
    records: checked.records,
    genesis: genesis.commit,
    repository: genesis.repository,
    log: { tip, checked },
  };
}

/** As if the first commit had been ratified and nothing since, which is what a service will find. */
async function undecided(repository: GitRepository, first: Oid, call: Call): Promise<Decisions> {
  const tree = (await repository.commit(first, call))?.tree ?? first;
  const id = repositoryId(first);
  const unknown = { constitution: "", members: "", origin: "", logKey: "" };
  const record: GenesisRecord = { kind: "genesis", format: 1, at: 0, repository: id, commit: first, tree, ...unknown };
  return { records: [{ index: 0, record, digest: "" }], genesis: first, repository: id };
}
