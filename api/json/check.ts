/** Checks a parsed body against a zod schema and words the first thing that is wrong, with the path of the field. */
import type { z } from "zod";
import { gatewayError } from "../errors.ts";

export function checkShape<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = fieldPath(issue?.path ?? []);
  throw gatewayError("invalid_field", { path, problem: sentenceOf(issue) }, { param: path });
}

/** `messages[0].content` */
export function fieldPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? String(part) : `.${String(part)}`;
  }
  return text === "" ? "The body" : text;
}

/** zod's own words name types and bounds, never the value. */
function sentenceOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_type" && issue.message.includes("received undefined")) return "is missing";
  const words = issue?.message ?? "is not valid";
  return words.charAt(0).toLowerCase() + words.slice(1);
}
