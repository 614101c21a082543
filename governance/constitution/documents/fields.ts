/** Field types of constitution and members: each says in a sentence what is wrong, and how it is written right. */
import { z } from "zod";
import { printable } from "../../../operator/text/printable.ts";

/** A text that `parse` turns into a value or refuses with the end of a sentence. */
export function worded<R extends object>(parse: (text: string) => R, fix: string) {
  return z.string().transform((text, context) => {
    const parsed: R | { readonly wrong: string } = parse(text);
    if (!("wrong" in parsed)) return parsed as Exclude<R, { readonly wrong: string }>;
    context.issues.push({
      code: "custom",
      input: text,
      message: `${printable(text, 60)} ${parsed.wrong}`,
      params: { fix },
    });
    return z.NEVER;
  });
}

/** A text of a fixed form; `form` says which. */
export function formed(pattern: RegExp, charsMax: number, form: string) {
  return worded(
    (text) =>
      text.length > 0 && text.length <= charsMax && pattern.test(text) ? { text } : { wrong: `is not ${form}` },
    `write ${form}`,
  ).transform(({ text }) => text);
}

/** RFC 1123 label, the form of member and class names. */
export const label = () => formed(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 63, "a name of small letters, digits and -");

/** RFC 1123 subdomain, the form of Kubernetes object names. */
export const objectName = () =>
  formed(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    253,
    "a name of small letters, digits, - and .",
  );

/** A line for people, without anything that a terminal obeys or a reader cannot see. */
export const line = (charsMax: number) =>
  worded(
    (text) =>
      text.trim() === text && text !== "" && text.length <= charsMax && printable(text, charsMax * 10) === text
        ? { text }
        : { wrong: `is not a line of 1 to ${charsMax} visible characters without spaces around it` },
    "write one plain line",
  ).transform(({ text }) => text);
