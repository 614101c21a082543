/** What the service shows on the remote: reports as commits of two files on refs of their own, and branches that offer a revert. */
import type { Clock } from "../../../operator/clock/clock.ts";
import { digestOf } from "../../../operator/tlog/digest.ts";
import type { Call, GitCommit, GitRepository, Oid, Remote, Signer } from "../../git/repository.ts";
import { code, prose } from "../../proposals/report/markdown.ts";
import { signatureOf } from "../../signatures/signature-of.ts";
import type { CheckReport, CommitReport, ProposalReport, RevertOffer } from "../forge.ts";
import { Kept, keptRefs } from "./kept.ts";
import { fetched, remoteRefs } from "./names.ts";
import { asForgeError, pushRefusal } from "./remote-failure.ts";

export const reportFiles = { data: "report.json", text: "report.md" } as const;

export interface PublicationTarget {
  readonly repository: GitRepository;
  readonly remote: Remote;
  readonly clock: Clock;
  /** Signs the commits of reports, so that people know whose they are. */
  readonly signer?: Signer | undefined;
  /** What this process said last, by ref: the same is said with every pass, and need not even be written to be compared. */
  readonly said: Map<string, Said>;
}

export interface Said {
  /** Of the file for programs, which holds all of it. */
  readonly digest: string;
  readonly commit: Oid;
}

/** Refs that are remembered. */
const saidMax = 2_000;

export function publishReport(target: PublicationTarget, opening: Oid, report: ProposalReport, call: Call) {
  const text = [section("Plan", report.plan), section("Vote", report.vote)].join("\n");
  const data = { format: 1, ...report };
  return publish(target, remoteRefs.report(opening), report.vote.title, files(data, text), call);
}

export function publishCommitReport(target: PublicationTarget, report: CommitReport, call: Call) {
  const text = `# ${prose(report.title)}\n\n${report.summary}\n`;
  const data = { format: 1, ...report };
  return publish(target, remoteRefs.commitReport(report.commit), report.title, files(data, text), call);
}

/** Once per commit: a branch that somebody deleted since is not made again. */
export async function publishRevert(target: PublicationTarget, offer: RevertOffer, call: Call): Promise<void> {
  const { repository } = target;
  const [ref, note] = [remoteRefs.revert(offer.head), `${keptRefs.reverts}${offer.head}`];
  const kept = await Kept.read(repository, call);
  if (kept.oid(note) !== undefined) return;
  const isThere = (await repository.resolve(fetched(ref), call)) !== undefined;
  if (!isThere) await push(target, ref, offer.revert, call);
  // Also where it is there already: a crash came between the branch and this.
  await kept.keep(note, offer.revert, call);
}

function section(name: string, { title, summary, annotations, state }: CheckReport): string {
  const marks = { pending: "…", success: "✓", failure: "✗" } as const;
  const places = annotations
    .map(({ path, line, message }) => `- ${code(`${path}:${line}`)} ${prose(message)}\n`)
    .join("");
  return `# ${marks[state]} ${name}: ${prose(title)}\n\n${summary}\n${places && `\n${places}`}`;
}

type ReportFiles = Readonly<Record<(typeof reportFiles)[keyof typeof reportFiles], Uint8Array>>;

function files(data: unknown, text: string): ReportFiles {
  return {
    [reportFiles.data]: Buffer.from(`${JSON.stringify(data, undefined, 2)}\n`),
    [reportFiles.text]: Buffer.from(text),
  };
}

/** Nothing is pushed when nothing changed. */
async function publish(
  target: PublicationTarget,
  ref: string,
  message: string,
  content: ReportFiles,
  call: Call,
): Promise<void> {
  const { repository, clock, signer, said } = target;
  const digest = digestOf(content[reportFiles.data]);
  const before = await repository.resolve(fetched(ref), call);
  const last = said.get(ref);
  if (last && last.digest === digest && last.commit === before) return;
  const remember = (commit: Oid): void => {
    if (said.size >= saidMax) said.clear();
    said.set(ref, { digest, commit });
  };
  const tree = await repository.writeTree(undefined, content, call);
  const shown = before === undefined ? undefined : await repository.commit(before, call);
  if (shown?.tree === tree && isSignedBy(shown, signer)) return remember(shown.oid);
  const commit = await repository.writeCommit(
    { tree, parents: shown ? [shown.oid] : [], message: `${message}\n`, at: clock.now(), ...(signer && { signer }) },
    call,
  );
  // Whatever somebody else put there, the service's report is what is shown.
  await push(target, ref, commit, call, "+");
  remember(commit);
}

/** A copy of a report that the service did not sign is believed by nobody, so it is none. */
function isSignedBy(commit: GitCommit, signer: Signer | undefined): boolean {
  if (!signer) return true;
  const signature = signatureOf(commit);
  return signature?.isValid === true && signature.key === signer.publicKey;
}

async function push({ repository, remote }: PublicationTarget, ref: string, oid: Oid, call: Call, force = "") {
  const refusal = pushRefusal(remote, ref, "the governance service's key or token");
  await asForgeError(() => repository.push(remote, [`${force}${oid}:${ref}`], call), refusal);
  // As the next fetch would: what was pushed is not pushed again before it.
  await repository.updateRef(fetched(ref), oid, undefined, call);
}
