/**
 * What people can say by writing a line at the very beginning of a comment, or of a pull request's description. Only the first line
 * counts, so that quoting somebody says nothing.
 *
 *   /abstain 3f2a9c41d0e7     a comment: abstains on that head
 *   /withdraw 3f2a9c41d0e7    a comment: takes one's vote on that head back
 *   /emergency                a description: asks for the emergency procedure
 */

export interface Command {
  readonly verb: "abstain" | "withdraw";
  /** Lower-case hex; the whole of a commit's id, or at least `prefixDigitsMin` digits of it. */
  readonly head: string;
  /** More words came with it. */
  readonly isReasoned: boolean;
}

/** Shorter ones could be made to fit by whoever pushes. */
export const prefixDigitsMin = 12;

const pattern = new RegExp(`^/(?<verb>abstain|withdraw)[ \\t]+(?<head>[0-9a-f]{${prefixDigitsMin},64})[ \\t]*$`, "i");

export function readCommand(body: string): Command | undefined {
  const [first = "", ...others] = body.split(/\r?\n/, 100);
  const { verb, head } = pattern.exec(first)?.groups ?? {};
  if (verb === undefined || head === undefined) return undefined;
  return {
    verb: verb.toLowerCase() as Command["verb"],
    head: head.toLowerCase(),
    isReasoned: others.some((line) => line.trim() !== ""),
  };
}

/**
 * A label would not do: others than the author may set it. Whoever may write to the repository can edit a description too; but
 * the ballots of the two procedures do not count for one another, so that turns no vote into another one.
 */
export function declaresEmergency(body: string): boolean {
  const [first = ""] = body.split(/\r?\n/, 1);
  return /^\/emergency[ \t]*$/i.test(first);
}
