/** What is in force, and whether the policy branch holds it. */
import { ratifiedDocuments } from "../../governance/evidence/documents-at.ts";
import { rfc3339 } from "../../operator/clock/clock.ts";
import { unratifiedPaths } from "./judge.ts";
import type { PolicyMirror } from "./mirror.ts";
import { oneLine } from "./show.ts";

export interface PolicyStatus {
  readonly community: string;
  /** What is ratified. The next one names its digest as `previous`. */
  readonly constitution: { readonly version: number; readonly digest: string };
  readonly repository: string;
  readonly url: string;
  readonly branch: string;
  readonly head: string;
  readonly members: number;
  readonly ratified: { readonly commit: string; readonly at?: string; readonly appliesAt?: string };
  /** Last commit whose tree the service made true. */
  readonly applied?: { readonly commit: string; readonly at: string };
  /** Records of the decision log; undefined where there is none. */
  readonly records?: number;
  /** Why the service believes nothing of the branch. */
  readonly halted?: string;
  /** Paths in which the policy branch differs from what is ratified. */
  readonly unratified: readonly string[];
}

export async function describePolicy(policy: PolicyMirror): Promise<PolicyStatus> {
  const { repository, ratified, decisions, address, branch, head, id, call } = policy;
  const { constitution, members } = await ratifiedDocuments(repository, ratified.commit, call);
  const { records, hasLog } = decisions;
  const applied = records.findLast(({ record }) => record.kind === "applied")?.record;
  const last = records.findLast(({ record }) => record.kind === "halted" || record.kind === "resumed")?.record;
  const times = { at: rfc3339(ratified.at), appliesAt: rfc3339(ratified.appliesAt) };
  return {
    community: constitution.value.community,
    constitution: { version: constitution.value.version, digest: constitution.digest },
    repository: id,
    url: address.url,
    ...{ branch, head },
    members: members.value.members.length,
    ratified: { commit: ratified.commit, ...(hasLog && times) },
    ...(applied?.kind === "applied" && { applied: { commit: applied.commit, at: rfc3339(applied.at) } }),
    ...(hasLog && { records: records.length }),
    ...(last?.kind === "halted" && { halted: last.code }),
    unratified: await unratifiedPaths(policy),
  };
}

export function policyLines(status: PolicyStatus): string[] {
  const { community, constitution, url, branch, head, members, ratified, applied, records, halted, unratified } =
    status;
  const commit = (oid: string): string => oid.slice(0, 12);
  return [
    `${oneLine(community)}: ${members} members, ${oneLine(url)} (${oneLine(branch)} at ${commit(head)})`,
    `  constitution ${constitution.version}, ${constitution.digest}`,
    records === undefined
      ? `  no decision log yet: no service has looked at this repository, so what is in force is its first commit, ${commit(ratified.commit)}`
      : `  ratified ${commit(ratified.commit)} at ${ratified.at}, ${records} records in the decision log`,
    ...(applied ? [`  in force ${commit(applied.commit)} since ${applied.at}`] : []),
    ...(halted === undefined
      ? []
      : [`  HALTED: ${oneLine(halted)}; the service believes nothing of the branch until it is put right`]),
    ...(unratified.length === 0
      ? []
      : [
          `  the branch holds what is not ratified (yet), in ${unratified.length} files: ${unratified
            .slice(0, 3)
            .map((path) => oneLine(path, 80))
            .join(", ")}`,
        ]),
  ];
}
