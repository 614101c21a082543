/** The proposals of the policy repository, and the one that a person means. */
import type { Member } from "../../governance/constitution/documents/members.ts";
import { ratifiedDocuments } from "../../governance/evidence/documents-at.ts";
import type { ForgeProposal } from "../../governance/forges/forge.ts";
import { readBallots } from "../../governance/forges/git/ballots.ts";
import { ballotBoxOnGithub } from "../../governance/forges/git/names.ts";
import type { Opening } from "../../governance/forges/git/opening.ts";
import { ProposalReader } from "../../governance/forges/git/proposals.ts";
import { printable } from "../../operator/text/printable.ts";
import { decisionOn } from "./decision-on.ts";
import type { PolicyMirror } from "./mirror.ts";
import { PolicyRefusal } from "./refusal.ts";

export interface ListedProposal extends ForgeProposal {
  /** What its proposer wrote when it was opened; in plain git only. */
  readonly opening?: Opening;
  /** Under which its ballots lie on the remote. */
  readonly box: string;
}

/** Members by what is ratified now. */
export async function membersOf({ repository, ratified, call }: PolicyMirror): Promise<readonly Member[]> {
  return (await ratifiedDocuments(repository, ratified.commit, call)).members.value.members;
}

/** Of plain git: all that are open, merged lately, or closed; without those that the log has decided, where that is asked for. */
export async function listProposals(policy: PolicyMirror, isUndecided = false): Promise<readonly ListedProposal[]> {
  const { repository, genesis, branch, decisions, call } = policy;
  const keys = new Set((await membersOf(policy)).flatMap(({ sshKeys }) => sshKeys));
  const isDone = (id: string): boolean => isUndecided && decisionOn(decisions.records, id) !== undefined;
  const reader = new ProposalReader({
    ...{ repository, genesis, branch },
    isMemberKey: (key) => keys.has(key),
    isDecided: isDone,
  });
  const proposals = (await reader.list(call)).proposals.filter(({ id }) => !isDone(id));
  const openings = new Map((await reader.all(call)).map((known) => [known.id, known]));
  return proposals.flatMap((proposal) => {
    const known = openings.get(proposal.id);
    return known ? [{ ...proposal, opening: known.opening, box: known.oid }] : [];
  });
}

/** Fewer digits name nothing. */
const digitsMin = 4;

/** The one whose id, label or beginning is `text`, in whatever state. Throws a PolicyRefusal that names what there is. */
export async function findProposal(policy: PolicyMirror, text: string): Promise<ListedProposal> {
  if (policy.forge !== "git") return pullRequest(policy, text);
  const all = await listProposals(policy);
  const wanted = text.trim();
  const found = all.filter(({ id, box }) => id === wanted || (wanted.length >= digitsMin && box.startsWith(wanted)));
  const [one, ...others] = found;
  if (one && others.length === 0) return one;
  const open = all.filter(({ state }) => state === "open").slice(0, 10);
  const there = open.map(({ label, title }) => `${label} (${printable(title, 60)})`).join(", ");
  const why =
    found.length > 1
      ? `${found.length} proposals begin with it: give more digits`
      : `give the beginning of its id (${digitsMin} digits or more); open are: ${there || "none"}`;
  throw new PolicyRefusal(`"${printable(wanted, 100)}" names no proposal: ${why}`);
}

/** Of a pull request git knows the head and the signed ballots; the rest is on GitHub. */
async function pullRequest(policy: PolicyMirror, text: string): Promise<ListedProposal> {
  const { repository, id, call } = policy;
  const number = /^(?:#|github:\d+\/)?([1-9][0-9]{0,9})$/.exec(text.trim())?.[1];
  if (number === undefined) {
    throw new PolicyRefusal(`"${printable(text, 100)}" names no pull request: give its number, for example 7`);
  }
  const head = await repository.resolve(`refs/policy/pull/${number}`, call);
  if (head === undefined) throw new PolicyRefusal(`there is no pull request ${number} in ${policy.address.url}`);
  const box = ballotBoxOnGithub(Number(number));
  const { ballots } = await readBallots(repository, `refs/policy/commonhold/ballots/${box}/`, call);
  return {
    id: `${id}/${number}`,
    label: `#${number}`,
    title: `pull request ${number}`,
    proposer: { kind: "github", id: 0, login: "?", isBot: false },
    state: "open",
    head: { oid: head },
    isEmergency: false,
    ballots,
    box,
  };
}

/** Refuses what is not open any more, with what it is. */
export function assertOpen({ state, label }: ListedProposal, wish: string): void {
  if (state === "open") return;
  const why = state === "merged" ? "it was merged already" : "it was closed, or its branch was deleted";
  throw new PolicyRefusal(`proposal ${label} cannot be ${wish}: ${why}`);
}
