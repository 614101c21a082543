/** What our documents tell people to type: verbs and flags that the program has, values that the chart knows, files and headings that are there. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { refusalOf } from "./command-line.ts";
import { anchorsOf, type Page, pageOf, pages, root } from "./pages.ts";
import { commandsOf } from "./shell-words.ts";
import { leavesOf, setSegments, topValues, unknownValue } from "./values.ts";

/** What is known to be wrong in a page, a line each. */
function mistakesOf(page: Page): string[] {
  return [...wrongCommands(page), ...wrongWords(page), ...unknownValues(page), ...deadLinks(page), ...lostPaths(page)];
}

function shown(page: Page): string[][] {
  const scripts = page.blocks.flatMap(({ language, text }) => {
    if (language === "sh") return [text];
    return language === "console" ? [text.replaceAll(/^(?!\$ ).*\n?/gm, "").replaceAll(/^\$ /gm, "")] : [];
  });
  return scripts.flatMap(commandsOf);
}

function wrongCommands(page: Page): string[] {
  const ours = shown(page).flatMap((words) => argumentsOf(words) ?? []);
  return ours.flatMap((args) => {
    const refusal = refusalOf(args);
    return refusal === undefined ? [] : [`commonhold ${args.join(" ")}: ${refusal}`];
  });
}

/** Of a call of the program; undefined for another command. */
function argumentsOf(words: readonly string[]): string[][] | undefined {
  const own = words[0] === "npx" ? words.slice(1) : words;
  return own[0] === "commonhold" ? [own.slice(1)] : undefined;
}

/** In a sentence a call may be shortened: its verb and flags are there all the same. */
function wrongWords(page: Page): string[] {
  const calls = page.words.filter((word) => /^(npx )?commonhold [a-z]/.test(word)).flatMap(commandsOf);
  return calls.flatMap((words) => {
    const args = argumentsOf(words)?.[0] ?? [];
    const refusal = refusalOf(args.filter((arg) => arg !== "…"));
    return refusal !== undefined && /unknown (command|option)/.test(refusal)
      ? [`\`${words.join(" ")}\`: ${refusal}`]
      : [];
  });
}

function unknownValues(page: Page): string[] {
  const helm = [...shown(page), ...page.words.filter((word) => word.startsWith("helm ")).flatMap(commandsOf)];
  const set = helm
    .filter(([program]) => program === "helm")
    .flatMap((words) =>
      words.flatMap((word, at) => (/^--set(-string)?$/.test(words[at - 1] ?? "") ? setSegments(word) : [])),
    );
  const documents = page.blocks
    .filter(({ language }) => language === "yaml")
    .flatMap(({ text }) => parseAllDocuments(text));
  const files = documents
    .map((document) => document.toJS() as unknown)
    .filter(isValues)
    .flatMap((value) => leavesOf(value));
  const named = page.words.filter((word) => /^[a-z][A-Za-z]*(\.[A-Za-z][A-Za-z0-9]*)+(?=$|: )/.test(word));
  const inSentences = named
    .map((word) => (word.split(": ")[0] ?? "").split("."))
    .filter(([top = "", below]) => topValues.includes(top) && below !== "local");
  return [...set, ...files, ...inSentences].flatMap((segments) => {
    const unknown = unknownValue(segments);
    return unknown === undefined ? [] : [`the chart has no value ${unknown}`];
  });
}

function isValues(document: unknown): boolean {
  return (
    typeof document === "object" && document !== null && Object.keys(document).every((name) => topValues.includes(name))
  );
}

function deadLinks({ path, links }: Page): string[] {
  return links.flatMap((link) => {
    const [target = "", anchor] = link.split("#");
    if (/^[a-z]+:/.test(link)) return [];
    const file = target === "" ? path : join(dirname(path), decodeURI(target));
    if (!existsSync(join(root, file))) return [`the link ${link} leads nowhere`];
    if (anchor === undefined || !file.endsWith(".md")) return [];
    return anchorsOf(readFileSync(join(root, file), "utf8")).includes(anchor)
      ? []
      : [`the link ${link} leads to no heading`];
  });
}

/** Paths of the sources, in sentences and in commands; a built file is none of them. */
function lostPaths(page: Page): string[] {
  const inWords = page.words.filter((word) => /^[\w./-]+$/.test(word));
  const places = [...inWords, ...shown(page).flat()].filter((word) =>
    /^(test|docs|manifests|charts\/commonhold|cli|operator|governance|api)\//.test(word),
  );
  return places
    .filter(
      (place) => !/[*{}…]/.test(place) && !existsSync(join(root, place)) && !existsSync(join(root, `${place}.ts`)),
    )
    .map((place) => `there is no ${place}`);
}

describe("what is shown can be typed", () => {
  test.each(pages().map((page) => [page.path, page] as const))("%s", (_, page) => {
    expect(mistakesOf(page)).toEqual([]);
  });
});

describe("a page is found out", () => {
  const wrong: [string, string, string][] = [
    ["by a verb that is none", "```sh\ncommonhold proposal -m x\n```", "unknown command 'proposal'"],
    ["by a verb of a verb that is none", "```sh\ncommonhold key make ada\n```", "unknown command 'make'"],
    ["by a title that needs its flag", '```sh\ncommonhold propose "Our first machines"\n```', "too many arguments"],
    ["by a flag that is none", "```sh\nKEY=$(commonhold key issue ada --for laptop)\n```", "unknown option '--for'"],
    ["by what is left out", "```sh\ncommonhold vote PROPOSAL\n```", "missing required argument 'choice'"],
    [
      "by a flag of another verb in a sentence",
      "Call `commonhold status --emergency …` then.",
      "unknown option '--emergency'",
    ],
    [
      "by a command behind a prompt",
      "```console\n$ cd x && commonhold stats | head -1\nstats\n```",
      "unknown command 'stats'",
    ],
    ["by a value that is set", "```sh\nhelm install x y --set a=b,ollama.machine[0].name=c\n```", "no value a"],
    [
      "by a value deep down",
      "```sh\nhelm install x y \\\n  --set 'ollama.machines[0].nod=c'\n```",
      "no value ollama.machines.0.nod",
    ],
    [
      "by a file of values",
      "```yaml\ngovernance:\n  enabled: true\n  policy: {uri: x}\n```",
      "no value governance.policy.uri",
    ],
    ["by a value in a sentence", "Set `gateway.replica` to two.", "no value gateway.replica"],
    ["by a link", "See [hosts](hots.md).", "the link hots.md leads nowhere"],
    ["by a link to a heading", "See [it](hosts.md#the-owner-decide).", "leads to no heading"],
    ["by a path in a command", "```sh\nkubectl apply -f manifests/sample\n```", "there is no manifests/sample"],
  ];
  test.each(wrong)("%s", (_, text, mistake) => {
    expect(mistakesOf(pageOf("docs/guides/made-up.md", text)).join("\n")).toContain(mistake);
  });
});

test("the small profile's limits are as much as the chart's page says", () => {
  const small = parse(readFileSync(join(root, "charts/commonhold/values-small.yaml"), "utf8"));
  const limits = ["operator", "gateway", "governance"].map((part) =>
    Number.parseInt(small[part].resources.limits.memory, 10),
  );
  const [, said] = /limits of ([\d.]+) GiB/.exec(readFileSync(join(root, "charts/commonhold/README.md"), "utf8")) ?? [];
  expect(limits.reduce((sum, each) => sum + each)).toBe(Number(said) * 1024);
});
