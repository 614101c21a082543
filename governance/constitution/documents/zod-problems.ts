/** Turns what zod found into problems with their place in the file, worded for people. */
import type { z } from "zod";
import { nearestNames } from "../../../operator/text/nearest.ts";
import { printable } from "../../../operator/text/printable.ts";
import { type Path, type Places, shownPath } from "./places.ts";
import type { Problem } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** `known`: the names of all fields, for "did you mean". */
export function zodProblems(error: z.ZodError, file: string, places: Places, known: readonly string[]): Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => unknownField(issue.path, key, file, places, known));
    const { reason, fix } = wording(issue);
    return [{ file, ...places.ofValue(issue.path), path: shownPath(issue.path), reason, fix }];
  });
}

function unknownField(path: Path, key: string, file: string, places: Places, known: readonly string[]): Problem {
  const [near] = nearestNames(key, known, 1);
  return {
    file,
    ...places.ofKey([...path, key]),
    path: shownPath(path),
    reason: `there is no field ${printable(key, 60)} here`,
    fix: near && near !== key ? `write ${near}, or delete it` : "delete it, or move it to where it belongs",
  };
}

function wording(issue: Issue): { reason: string; fix: string } {
  const name = nameOf(issue.path);
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return { reason: `${name} is missing`, fix: "add it" };
      return {
        reason: `${name} is ${shown(issue.input)}, not ${article(issue.expected)}`,
        fix: `write ${article(issue.expected)}`,
      };
    case "invalid_value": {
      const values = issue.values.map(String).join(", ");
      if (issue.input === undefined) return { reason: `${name} is missing`, fix: `add it: ${values}` };
      return {
        reason: `${name} is ${shown(issue.input)}`,
        fix: `write ${issue.values.length > 1 ? "one of " : ""}${values}`,
      };
    }
    case "too_small":
      return { reason: `${name} is too small: ${amount(issue)}`, fix: `give ${issue.minimum} at least` };
    case "too_big":
      return { reason: `${name} is too large: ${amount(issue)}`, fix: `give ${issue.maximum} at most` };
    case "custom":
      return { reason: issue.message, fix: String(issue.params?.["fix"] ?? "correct it") };
    default:
      return { reason: `${name} is not as it should be: ${issue.message}`, fix: "see the reference of this file" };
  }
}

/** `timelock`, `may[0]`. */
function nameOf(path: Path): string {
  const last = path.findLastIndex((part) => typeof part === "string");
  return last < 0 ? "the document" : shownPath(path.slice(last));
}

function amount({ input, origin }: { input?: unknown; origin: string }): string {
  if (Array.isArray(input)) return `${input.length} entries`;
  if (typeof input === "object" && input !== null) return `${Object.keys(input).length} fields`;
  return origin === "string" ? `${String(input).length} characters` : String(input);
}

const articles: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function article(expected: string): string {
  return articles[expected] ?? expected;
}

function shown(input: unknown): string {
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object") return "a mapping";
  return printable(JSON.stringify(input) ?? "nothing", 60);
}
