/** What our documents show: fenced blocks, words in backquotes, links, headings. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");

export interface Page {
  /** From the root of the sources. */
  readonly path: string;
  readonly text: string;
  /** Their text without the indentation of a list that they are in. */
  readonly blocks: readonly { readonly language: string; readonly text: string }[];
  /** Backquoted, outside of blocks. */
  readonly words: readonly string[];
  /** Targets of links, outside of blocks. */
  readonly links: readonly string[];
}

/** Whatever a person reads; records of what was decided or measured then are left out. */
export function pages(): Page[] {
  const folders = [
    "docs",
    "docs/guides",
    "docs/adr",
    "docs/reference",
    "charts/commonhold",
    "manifests/policy-template",
    "manifests/policy-template/docs",
    ".",
  ];
  const files = folders.flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)));
  const read = files.filter((path) => path.endsWith(".md") && !/CHANGELOG|benchmarks/.test(path));
  return read.map((path) => pageOf(path, readFileSync(join(root, path), "utf8")));
}

export function pageOf(path: string, text: string): Page {
  const blocks: { language: string; text: string }[] = [];
  const rest = text.replace(
    /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm,
    (_, indent: string, language: string, inner: string) => {
      blocks.push({ language, text: inner.replaceAll(new RegExp(`^${indent}`, "gm"), "") });
      return "";
    },
  );
  const words = [...rest.matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word);
  const links = [...rest.replaceAll(/`[^`\n]+`/g, "``").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return { path, text, blocks, words, links };
}

/** The one block that holds these words; throws where there is none, or more than one. */
export function blockOf({ path, blocks }: Page, words: string): string {
  const [found, ...others] = blocks.filter(({ text }) => text.includes(words));
  if (!found || others.length > 0) {
    throw new Error(`${path} has ${found ? others.length + 1 : 0} blocks with "${words}": one was meant`);
  }
  return found.text;
}

/** As GitHub names headings. */
export function anchorsOf(text: string): string[] {
  const headings = text.split("\n").filter((line) => /^#+ /.test(line));
  return headings.map((line) =>
    line
      .replace(/^#+ /, "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
