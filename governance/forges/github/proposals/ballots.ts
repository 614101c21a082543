/**
 * Reviews and comments as ballots, in the order in which GitHub received them. Pure. What GitHub says of a vote is taken as
 * it is: whose it is, what it says, which commit it is for. Whether it counts is decided elsewhere.
 */
import type { Choice } from "../../../constitution/snapshot.ts";
import type { ForgeBallot } from "../../forge.ts";
import type { Comment, IssueEvent, Review } from "../api/shapes.ts";

export interface Said {
  /** The present head, which short ids are completed from. */
  readonly head: string;
  readonly mergedAt: number | undefined;
  readonly reviews: readonly Review[];
  readonly comments: readonly Comment[];
  readonly events: readonly IssueEvent[];
  /** What reviews said when they were last read, by id, for a dismissal that no event tells of. */
  readonly seenBefore: ReadonlyMap<string, Choice>;
}

export function ballotsOf(said: Said): ForgeBallot[] {
  const dismissals = dismissalsOf(said.events);
  const ballots = [
    ...said.reviews.flatMap((review) => reviewBallot(review, dismissals.get(review.id), said) ?? []),
    ...said.comments.flatMap((comment) => commentBallot(comment, said.head) ?? []),
  ];
  // Of one second, in the order in which GitHub numbers them.
  return ballots.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0) || numberOf(a.id) - numberOf(b.id));
}

const choices: Readonly<Record<string, Choice>> = {
  APPROVED: "yes",
  CHANGES_REQUESTED: "no",
};

/** Not APPROVED and the like any more, once somebody has dismissed it: what it said stands in the event only. */
function reviewBallot(review: Review, dismissal: IssueEvent | undefined, said: Said): ForgeBallot | undefined {
  const { id: number, user, state, submitted_at: at, commit_id: head, isReasoned } = review;
  const id = `review:${number}`;
  const wasDismissed = state === "DISMISSED";
  const former = dismissal?.dismissed_review?.state.toUpperCase() ?? "";
  const choice = wasDismissed ? (choices[former] ?? said.seenBefore.get(id)) : choices[state];
  // A pending one has no time and is nobody's business yet.
  if (!user || choice === undefined || at === undefined) return undefined;
  // The merge ended the vote: what is taken back later was counted.
  const isLate = said.mergedAt !== undefined && dismissal !== undefined && dismissal.created_at > said.mergedAt;
  return {
    id,
    by: user,
    choice,
    // A commit that is gone is at least not the present one.
    head: head ?? unknownHead,
    at,
    isEmergency: false,
    replaces: [],
    isEdited: false,
    isReasoned,
    ...(wasDismissed && dismissal && !isLate && { dismissedBy: dismissal.actor }),
  };
}

const unknownHead = "0".repeat(40);

/** A withdrawal is a ballot that its voter has taken back: it stands in the place of whatever they said before. */
function commentBallot(comment: Comment, present: string): ForgeBallot | undefined {
  const { id, user, command, created_at: at, updated_at: updatedAt } = comment;
  if (!user || !command) return undefined;
  return {
    id: `comment:${id}`,
    by: user,
    choice: "abstain",
    head: present.startsWith(command.head) ? present : command.head,
    at,
    isEmergency: false,
    replaces: [],
    isEdited: updatedAt !== at,
    isReasoned: command.isReasoned,
    ...(command.verb === "withdraw" && { dismissedBy: user }),
  };
}

function dismissalsOf(events: readonly IssueEvent[]): Map<number, IssueEvent> {
  return new Map(
    events.flatMap((event): [number, IssueEvent][] => {
      const { dismissed_review: review } = event;
      return event.event === "review_dismissed" && review ? [[review.review_id, event]] : [];
    }),
  );
}

function numberOf(id: string): number {
  return Number(id.split(":")[1]);
}
