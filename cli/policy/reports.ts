/** What the service shows about a proposal, from its report on the remote. Anybody who can push could write one: the key says whose it is. */
import { z } from "zod";
import { fetched, openingOf, remoteRefs } from "../../governance/forges/git/names.ts";
import { reportFiles } from "../../governance/forges/git/publications.ts";
import { signatureOf } from "../../governance/signatures/signature-of.ts";
import type { PolicyMirror } from "./mirror.ts";

const check = z.object({ state: z.enum(["pending", "success", "failure"]), title: z.string() });
const report = z.object({
  format: z.literal(1),
  proposal: z.string(),
  head: z.string(),
  plan: check,
  vote: check,
  data: z
    .object({ plan: z.object({ digest: z.string().optional() }).optional() })
    .loose()
    .nullish(),
});

export interface ServiceReport extends z.infer<typeof report> {
  /** Signed with the key that signs the decision log; undefined where the log names no key. */
  readonly isTheServices: boolean | undefined;
}

const reportBytesMax = 4 * 1024 * 1024;

/** Undefined where there is none, or one that is no report. */
export async function reportOn(policy: PolicyMirror, proposal: string): Promise<ServiceReport | undefined> {
  const { repository, genesis, decisions, call } = policy;
  const opening = openingOf(genesis, proposal);
  if (opening === undefined) return undefined;
  const oid = await repository.resolve(fetched(remoteRefs.report(opening)), call);
  const commit = oid === undefined ? undefined : await repository.commit(oid, call);
  const bytes = commit && (await repository.file(commit.oid, reportFiles.data, { ...call, bytesMax: reportBytesMax }));
  const read = bytes && report.safeParse(jsonOf(bytes));
  if (!commit || !read?.success || read.data.proposal !== proposal) return undefined;
  const signature = signatureOf(commit);
  const { service } = decisions;
  const isTheServices = service === undefined ? undefined : signature?.isValid === true && signature.key === service;
  return { ...read.data, isTheServices };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined; // whatever it is, it is no report
  }
}
