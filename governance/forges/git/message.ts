/**
 * What is said in plain git, openings, ballots and closings, is the message of a signed tag: one line of canonical JSON, so that
 * one meaning has one spelling and one object id. Anybody who can push can write one; it is read strictly, and what is
 * not exactly of its form says nothing.
 */
import { z } from "zod";
import { canonicalJson, type JsonValue, parseCanonicalJson } from "../../../operator/tlog/canonical-json.ts";
import { oidPattern, proposalIdPattern } from "./names.ts";

export const messageBytesMax = 65_536;

export const oid = z.string().regex(oidPattern);
export const proposalId = z.string().max(200).regex(proposalIdPattern);

/** One line for people. Terminals obey control characters: none is taken, and who shows it makes the rest printable. */
export const title = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.trim() === text && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text));

/** Some lines for people. */
export const words = (charsMax: number) =>
  z
    .string()
    .min(1)
    .max(charsMax)
    .refine((text) => !/(?![\n\t])\p{Cc}/u.test(text));

/** The message of `value`. Throws a TypeError that names the field where it has not the form of `schema`. */
export function writeMessage(schema: z.ZodType, value: unknown): string {
  const shaped = schema.safeParse(value);
  if (!shaped.success) {
    const where = shaped.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`).join("; ");
    throw new TypeError(`this cannot be written as a message of a tag: ${where}`);
  }
  const text = canonicalJson(shaped.data as JsonValue);
  if (Buffer.byteLength(text, "utf8") > messageBytesMax) {
    throw new TypeError(`this message has more than ${messageBytesMax} bytes: say it shorter`);
  }
  return text;
}

/** What a message says, or undefined where it is not of this form. Git ends a message with a line break of its own. */
export function readMessage<T>(schema: z.ZodType<T>, message: string): T | undefined {
  const text = message.endsWith("\n") ? message.slice(0, -1) : message;
  if (Buffer.byteLength(text, "utf8") > messageBytesMax) return undefined;
  const data = canonicalData(text);
  if (data === undefined) return undefined;
  const shaped = schema.safeParse(data);
  return shaped.success ? shaped.data : undefined;
}

function canonicalData(text: string): JsonValue | undefined {
  try {
    return parseCanonicalJson(text);
  } catch (error) {
    // Not JSON, not canonical, or nested so deep that the parser gives up.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
