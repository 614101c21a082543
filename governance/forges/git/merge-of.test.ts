import { expect, test } from "vitest";
import type { GitCommit } from "../../git/repository.ts";
import type { KnownProposal } from "./known-proposals.ts";
import { MergeClaims, withTrailer } from "./merge-of.ts";
import { proposalIdOf } from "./names.ts";

const genesis = "0".repeat(40);
const oid = (letter: string): string => letter.repeat(40);
const [main, headA, headB] = [oid("1"), oid("a"), oid("b")];

const proposal = (opening: string, head: string): KnownProposal => ({
  oid: opening,
  id: proposalIdOf(genesis, opening),
  key: "ssh-ed25519 A",
  head,
  opening: { base: main, head, emergency: false, repository: `git:${genesis}`, title: "x" },
});
const [a, b, copyOfA] = [proposal(oid("c"), headA), proposal(oid("d"), headB), proposal(oid("e"), headA)];

const commit = (parents: string[], message = "Merge\n"): GitCommit => ({
  oid: oid("f"),
  tree: oid("9"),
  parents,
  message,
  committedAt: 0,
});

test.each<[string, GitCommit, KnownProposal | undefined]>([
  ["a merge is of the proposal whose head is its second parent", commit([main, headB]), b],
  ["a squash is of the proposal that its message names", commit([main], withTrailer("Add b", b.id)), b],
  ["a head beats a name", commit([main, headA], withTrailer("Merge", b.id)), a],
  ["of two proposals with one head the first, a member's, is meant", commit([main, headA]), a],
  ["of two with one head the message may say which", commit([main, headA], withTrailer("Merge", copyOfA.id)), copyOfA],
  [
    "git's own message says it too",
    commit([main, headA], `Merge branch 'proposals/${oid("e").slice(0, 12)}'\n`),
    copyOfA,
  ],
  [
    "the last of two names counts",
    commit([main], `x\n\nCommonhold-Proposal: ${a.id}\nCommonhold-Proposal: ${b.id}\n`),
    b,
  ],
  ["a name beside other trailers counts", commit([main], withTrailer("x\n\nSigned-off-by: me", b.id)), b],
  ["a push of nobody's head is of nothing", commit([main, oid("7")]), undefined],
  ["a commit without a second parent and a name is of nothing", commit([main]), undefined],
  ["a head as the first parent is no merge of it", commit([headA, main]), undefined],
  ["a name in the text is no trailer", commit([main], `Commonhold-Proposal: ${b.id}\n\nmore text\n`), undefined],
  ["a name that is none is nothing", commit([main], withTrailer("x", "git:7/8")), undefined],
  ["an unknown proposal is nothing", commit([main], withTrailer("x", proposalIdOf(genesis, oid("7")))), undefined],
])("%s", (_, of, expected) => {
  expect(new MergeClaims([a, b, copyOfA]).of(of)?.proposal).toBe(expected);
});

test("a message of many blank lines costs no more than its length", () => {
  expect(new MergeClaims([a]).of(commit([main], `x${"\n \n".repeat(100_000)}y`))).toBeUndefined();
});
