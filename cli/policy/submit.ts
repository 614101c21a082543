/** Opens a proposal: checks it, signs its opening, and pushes both in one step. */
import type { Verdict } from "../../governance/constitution/verdict.ts";
import type { ForgeProposal } from "../../governance/forges/forge.ts";
import { proposalIdOf, proposalLabel, remoteRefs, repositoryId } from "../../governance/forges/git/names.ts";
import { formatOpening, type Opening, openingTagName } from "../../governance/forges/git/opening.ts";
import type { Oid, Signer } from "../../governance/git/repository.ts";
import { problemsOf } from "./check.ts";
import { type Judged, judge } from "./judge.ts";
import type { PolicyMirror } from "./mirror.ts";
import { membersOf } from "./proposals.ts";
import { pushTo } from "./push.ts";
import { PolicyRefusal } from "./refusal.ts";
import { changeLines, oneLine, problemLines, reasonLines, tallyLine } from "./show.ts";

export interface Submission {
  /** The commit that is proposed, in the mirror. */
  readonly head: Oid;
  readonly title: string;
  readonly description?: string | undefined;
  readonly emergency: boolean;
}

/** Resolves to the proposal's id. Throws a PolicyRefusal where it would be refused anyway, before anything is sent. */
export async function submit(policy: PolicyMirror, signer: Signer, submission: Submission): Promise<string> {
  const { repository, around, call, genesis, remote } = policy;
  assertPlainGit(policy);
  const { head, title, emergency, description } = submission;
  const base = await repository.mergeBase(policy.head, head, call);
  if (base === undefined) {
    throw new PolicyRefusal(
      `what is to be proposed has no commit in common with ${oneLine(policy.address.url)}: propose from a clone of that repository`,
    );
  }
  const opening: Opening = {
    ...{ base, head, emergency, title, repository: repositoryId(genesis) },
    ...(description !== undefined && { description }),
  };
  const message = openingMessage(opening);
  const judged = await assertProposable(policy, signer, submission);
  const oid = await repository.writeTag(
    { object: head, name: openingTagName, message, at: around.clock.now(), signer },
    call,
  );
  await pushTo(remote, around, repository, [`${oid}:${remoteRefs.opening(oid)}`, `${head}:${remoteRefs.head(oid)}`]);
  const label = proposalLabel(oid);
  around.say(
    `Proposal ${label}: ${oneLine(title)}`,
    `  ${proposalIdOf(genesis, oid)}`,
    ...changeLines(judged.changes),
    tallyLine(judged.verdict),
    ...reasonLines(judged.verdict, false),
    `Members vote with: commonhold vote ${label} yes|no|abstain`,
  );
  if (!(await membersOf(policy)).some(({ sshKeys }) => sshKeys.includes(signer.publicKey))) {
    around.say("Your key belongs to no member: you have proposed it, and others decide.");
  }
  return proposalIdOf(genesis, oid);
}

export function assertPlainGit(policy: PolicyMirror): void {
  if (policy.forge === "git") return;
  throw new PolicyRefusal(
    "this community proposes by pull requests on GitHub: open, close and merge them there; commonhold vote casts a signed ballot",
  );
}

/** With the title and description as the format takes them. */
function openingMessage(opening: Opening): string {
  try {
    return formatOpening(opening);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new PolicyRefusal(
      "the title is one line of at most 200 visible characters, the description at most 16384 characters without control characters: write them so",
      { cause },
    );
  }
}

async function assertProposable(
  policy: PolicyMirror,
  signer: Signer,
  { head, title, emergency }: Submission,
): Promise<Extract<Judged, { state: "judged" }>> {
  const by = { kind: "key", key: signer.publicKey } as const;
  const proposal: ForgeProposal = {
    id: proposalIdOf(policy.genesis, "0".repeat(head.length)),
    label: "",
    title,
    proposer: by,
    state: "open",
    head: { oid: head, pushedBy: by },
    isEmergency: emergency,
    ballots: [],
  };
  const judged = await judge(policy, proposal);
  if (judged.state === "conflicts") {
    throw new PolicyRefusal(
      `it conflicts with the policy branch in:\n${problemLines(judged.conflicts)}\nbring your work up to date (git pull --rebase) and propose again`,
    );
  }
  if (judged.changes.length === 0) {
    throw new PolicyRefusal(
      "there is nothing to propose: the files are the same as what is ratified; change something first",
    );
  }
  const problems = await problemsOf(policy, judged.tree);
  if (problems.length > 0) throw new PolicyRefusal(`it cannot be applied:\n${problemLines(problems)}`);
  assertNotRefused(judged.verdict);
  return judged;
}

/** What no vote could change is said now. */
function assertNotRefused(verdict: Verdict): void {
  if (verdict.state !== "rejected") return;
  throw new PolicyRefusal(`no vote could pass it:\n${reasonLines(verdict, false).join("\n")}`);
}
