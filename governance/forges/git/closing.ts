/** The tag by which a proposer takes a proposal back. */
import { z } from "zod";
import { proposalId, readMessage, writeMessage } from "./message.ts";

export const closingTagName = "commonhold-closing";

export interface Closing {
  readonly proposal: string;
}

const schema = z.strictObject({ format: z.literal(1), kind: z.literal("closing"), proposal: proposalId });

/** Throws a TypeError that names the field that cannot be written. */
export function formatClosing({ proposal }: Closing): string {
  return writeMessage(schema, { proposal, format: 1, kind: "closing" });
}

export function parseClosing(message: string): Closing | undefined {
  const said = readMessage(schema, message);
  return said && { proposal: said.proposal };
}
