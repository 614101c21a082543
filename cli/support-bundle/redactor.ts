/**
 * Everything in a support bundle passes through here. Two nets: values that are known to be secret, in every form in which they are
 * likely to be written (plain, in JSON, in a URL, in base64 alone or within a longer one), and the shapes that secrets have. What is
 * taken for one by mistake costs a line of a log; what is missed cannot be called back, so in doubt it is taken out.
 */
import { mark } from "./mark.ts";
import { redactShapes } from "./shapes.ts";

export interface Redactor {
  /** From now on this value is taken out. Shorter than 4 characters it is left: it would tear words apart and hide nothing. */
  know(value: string): void;
  /** Each value of a file that holds secrets: the whole, its lines, and what follows a telling name in a line. */
  knowText(text: string): void;
  redact(text: string): string;
}

const valueCharsMin = 4;
/** Shorter ones are taken out as whole words only. */
const anywhereCharsMin = 8;
const lineCharsMin = 12;

export function createRedactor(): Redactor {
  const anywhere = new Set<string>();
  const words = new Set<string>();
  const know = (value: string): void => {
    const bare = value.trim();
    if (bare.length < valueCharsMin || bare.includes(mark)) return;
    for (const form of plainForms(bare)) (bare.length < anywhereCharsMin ? words : anywhere).add(form);
    for (const bytes of new Set([value, bare, `${bare}\n`])) {
      for (const form of base64Forms(Buffer.from(bytes))) anywhere.add(form);
    }
  };
  const knowText = (text: string): void => {
    know(text);
    for (const value of [...leavesOfJson(text), ...tellingLines(text)]) know(value);
  };
  return { know, knowText, redact: (text) => redactShapes(withoutKnown(text, anywhere, words)) };
}

function withoutKnown(text: string, anywhere: ReadonlySet<string>, words: ReadonlySet<string>): string {
  let left = text;
  // The longest first: a short one within it would leave its ends.
  for (const form of [...anywhere].sort((one, other) => other.length - one.length)) left = left.replaceAll(form, mark);
  for (const word of words) {
    left = left.replace(new RegExp(`(?<![A-Za-z0-9])${escaped(word)}(?![A-Za-z0-9])`, "g"), mark);
  }
  return left;
}

function plainForms(value: string): Set<string> {
  const json = JSON.stringify(value).slice(1, -1);
  // A log line in JSON that quotes another one.
  const twice = JSON.stringify(json).slice(1, -1);
  return new Set([value, json, twice, encodeURIComponent(Buffer.from(value).toString())]);
}

/** Base64 of `bytes` alone, and the part that stays the same wherever they lie within something longer. */
function base64Forms(bytes: Buffer): Set<string> {
  const forms = new Set<string>();
  const add = (form: string): void => {
    if (form.length < anywhereCharsMin) return;
    forms.add(form).add(form.replaceAll("+", "-").replaceAll("/", "_"));
  };
  add(bytes.toString("base64"));
  for (const before of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    add(whole.toString("base64").slice(Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6)));
  }
  return forms;
}

function leavesOfJson(text: string): string[] {
  if (!/^\s*[[{]/.test(text)) return [];
  try {
    return stringsIn(JSON.parse(text)).filter((one) => one.length >= anywhereCharsMin);
  } catch {
    return [];
  }
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

function tellingLines(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const named = /^[\s-]*["']?([A-Za-z0-9_.-]+)["']?\s*[:=]\s*["']?(.+?)["']?\s*,?$/.exec(line);
    if (named) return isTelling(named[1] ?? "") && !named[2]?.startsWith("/") ? [named[2] ?? ""] : [];
    return line.trim().length >= lineCharsMin && !line.includes("-----") ? [line] : [];
  });
}

/** Whether a variable or field of that name holds a secret: its name says secret, token, key, password, or what else is meant by them. */
export function isTelling(name: string): boolean {
  return /secret|token|key|passw|passphrase|credential|authorization|cookie/i.test(name);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
