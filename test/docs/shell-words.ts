/** The simple commands of a piece of shell, as words: enough for what documents show, and no more. */

/** Of `$(…)` the inner command is one of its own. Comments, assignments before a command and what a here-document holds are left out. */
export function commandsOf(script: string): string[][] {
  const text = script.replaceAll(/\\\n/g, " ").replaceAll(/<<-?'?(\w+)'?\n[\s\S]*?\n\1$/gm, "");
  const commands: string[][] = [];
  for (const line of text.split("\n")) {
    const inner = [...line.matchAll(/\$\(([^()]*)\)/g)].map(([, command = ""]) => command);
    for (const piece of [line.replaceAll(/\$\(([^()]*)\)/g, "SUBSTITUTED"), ...inner]) commands.push(...simple(piece));
  }
  return commands;
}

function simple(line: string): string[][] {
  const commands: string[][] = [[]];
  const token = /\s+|#.*$|&&|\|\||[|;&]|(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\|;&])+/gy;
  for (const [text] of line.matchAll(token)) {
    if (/^\s/.test(text)) continue;
    if (text.startsWith("#")) break;
    if (/^(&&|\|\||[|;&])$/.test(text)) commands.push([]);
    else commands.at(-1)?.push(unquoted(text));
  }
  return commands
    .map((words) => words.slice(words.findIndex((word) => !/^(\w+=.*|do|then|\{)$/s.test(word))))
    .filter((words) => words.length > 0 && words[0] !== "}" && !/^\w+=/.test(words[0] ?? ""));
}

function unquoted(word: string): string {
  return word.replaceAll(
    /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g,
    (_, double, single, escaped) => double ?? single ?? escaped ?? "",
  );
}
