/** What a Decision is about. It never becomes about something else. */
import { z } from "zod";
import { dateTime, gitOid, words } from "../fields/primitives.ts";
import { rules } from "../kind.ts";

/** Longer titles are cut by who writes the object. */
export const titleCharsMax = 256;

export const spec = z
  .object({
    repository: z
      .string()
      .min(1)
      .max(80)
      .regex(/^(git:([0-9a-f]{40}|[0-9a-f]{64})|github:[1-9][0-9]{0,15})$/)
      .describe("The policy repository, for ever: git: and its genesis commit, or github: and its number."),
    proposal: z
      .string()
      .min(1)
      .max(160)
      .regex(/^(git:[0-9a-f]+\/[0-9a-f]+|github:[1-9][0-9]*\/[1-9][0-9]*)$/)
      .optional()
      .describe("The proposal: its repository, a slash, and the number or the opening that names it there."),
    commit: gitOid()
      .optional()
      .describe("The commit of the policy branch, where it is about one that no proposal brought there."),
    title: words(titleCharsMax)
      .min(1)
      .describe("What is proposed, as its author put it; control characters are written out."),
    url: z
      .string()
      .max(2048)
      .meta(
        rules({
          rule: "self.matches('^https?://[^\\\\s\\\\p{C}]+$')",
          message: "url is an address for people: http or https, without spaces or control characters",
        }),
      )
      .optional()
      .describe("Where it is discussed."),
    emergency: z
      .boolean()
      .default(false)
      .describe("true: asked for under the emergency procedure, which may only reduce."),
    openedAt: dateTime().optional().describe("When it was opened."),
  })
  .meta(
    rules(
      {
        rule: "has(self.proposal) != has(self.commit)",
        message: "a decision is about exactly one of spec.proposal and spec.commit",
      },
      {
        rule: "!has(self.proposal) || self.proposal.startsWith(self.repository + '/')",
        message: "spec.proposal is of another repository than spec.repository",
      },
      {
        rule: "self.repository == oldSelf.repository && (has(self.proposal) ? has(oldSelf.proposal) && self.proposal == oldSelf.proposal : has(oldSelf.commit) && self.commit == oldSelf.commit)",
        message:
          "a decision never becomes one about something else: repository, proposal and commit stay as they were created",
      },
    ),
  )
  .describe("What it is about.");

export type DecisionSpec = z.output<typeof spec>;
