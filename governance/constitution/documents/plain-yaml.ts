/**
 * YAML without its traps. Two parsers that read one file differently are a hole: what was voted on is not what is
 * applied. So of YAML 1.2 only the part is taken that every parser reads alike: one document of mappings, lists, text,
 * numbers, true and false. Anchors and aliases (bombs, and a value that is far from where it is read), merge keys, tags,
 * directives, duplicate keys, empty values and the words of YAML 1.1 (`yes`, `off`, 0o17, 1_000) are refused, each with
 * its place. Sizes and depth are bounded before a tree is built: the composer of `yaml` calls itself once per level.
 */
import { parseDocument } from "yaml";
import { LineStarts, type Places } from "./places.ts";
import { failed, type Parsed } from "./problem.ts";
import { lexicalProblem } from "./yaml-lexical.ts";
import type { YamlLimits } from "./yaml-limits.ts";
import { structuralProblems } from "./yaml-structure.ts";
import { type JsonValue, readTree } from "./yaml-tree.ts";

export interface YamlDocument {
  readonly data: JsonValue;
  readonly places: Places;
}

/** `text` as plain data with the place of every part, or what is wrong with it. Never throws for any text. */
export function readPlainYaml(text: string, file: string, limits: YamlLimits): Parsed<YamlDocument> {
  const lines = new LineStarts(text);
  const refuse = (faults: readonly YamlFault[]): Parsed<YamlDocument> =>
    failed(faults.map(({ offset, path = "", reason, fix }) => ({ file, ...lines.placeOf(offset), path, reason, fix })));
  const lexical = lexicalProblem(text, limits);
  if (lexical) return refuse([lexical]);
  const structural = structuralProblems(text, limits);
  if (structural.length > 0) return refuse(structural);
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: false,
    strict: true,
    prettyErrors: false,
    logLevel: "silent",
    keepSourceTokens: true,
  });
  const syntax = [...document.errors, ...document.warnings].map(
    (error): YamlFault => ({
      offset: error.pos[0],
      reason: `this is no valid YAML: ${firstLine(error.message)}`,
      fix: "correct the syntax at this place; indentation and colons are what it is most often",
    }),
  );
  if (syntax.length > 0) return refuse(syntax);
  const tree = readTree(document.contents, limits, lines);
  return tree.faults.length > 0 ? refuse(tree.faults) : { ok: true, value: { data: tree.data, places: tree.places } };
}

/** A problem before its line is known. `offset`: in UTF-16 code units from the start of the text. */
export interface YamlFault {
  readonly offset: number;
  readonly path?: string;
  readonly reason: string;
  readonly fix: string;
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}
