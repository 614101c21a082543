/**
 * Reads Markdown as far as the reports use it (https://github.github.com/gfm/): what a renderer would show as code is taken
 * away, so that a test can look at what is left. A backtick that opens no code stays, and is found there.
 */

export function outsideCode(markdown: string): string {
  const left: string[] = [];
  let fence = 0;
  for (const line of markdown.split("\n")) {
    const ticks = /^ {0,3}(`{3,})[^`]*$/.exec(line)?.[1]?.length ?? 0;
    if (fence > 0) {
      if (ticks >= fence && /^ {0,3}`+\s*$/.test(line)) fence = 0;
      continue;
    }
    if (ticks > 0) fence = ticks;
    else left.push(withoutSpans(line));
  }
  return fence > 0 ? `${left.join("\n")}\n\`\`\` never closed` : left.join("\n");
}

/** A span ends at the next run of as many ticks. */
function withoutSpans(line: string): string {
  let left = "";
  let rest = line;
  for (let open = /`+/.exec(rest); open; open = /`+/.exec(rest)) {
    const [ticks] = open;
    const from = open.index + ticks.length;
    const close = [...rest.matchAll(/`+/g)].find((run) => run.index >= from && run[0].length === ticks.length);
    left += rest.slice(0, open.index) + (close ? "" : "UNCLOSED`");
    rest = rest.slice(close ? close.index + ticks.length : from);
  }
  return left + rest;
}
