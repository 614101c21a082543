import pc from "picocolors";
import type { Clock } from "../../operator/clock/clock.ts";
import type { Display, Output, Step } from "./display.ts";
import { failureLines } from "./failure-text.ts";

/** Plain output repeats a step's progress at most this often; a log stays readable. */
const plainEveryMs = 5_000;

/** For people: on a terminal the step's line is rewritten in place, elsewhere each piece of news is a line. */
export function textDisplay(output: Output, clock: Clock): Display {
  return {
    step: (title) => (output.isTerminal ? terminalStep(output, clock, title) : plainStep(output, clock, title)),
    answer: (text) => output.write(text),
    answerDone: (facts) => {
      const said = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
      output.write(`\n\n${pc.dim(said.join(" · "))}\n`);
    },
    lines: (lines) => output.write(lines.map((line) => `${line}\n`).join("")),
    facts: () => {},
    failure: (error) => {
      const [first = "", ...rest] = failureLines(error);
      output.write(`\n${pc.red("✗")} ${first}\n${rest.map((line) => `  ${line}\n`).join("")}`);
    },
  };
}

function terminalStep(output: Output, clock: Clock, title: string): Step {
  const start = clock.now();
  const lineOf = (mark: string, text: string): string => `${mark} ${title}${text && `  ${pc.dim(text)}`}`;
  const show = (mark: string, text: string): void => {
    output.write(`\r\u001b[2K${fitted(lineOf(mark, text), output.columns())}`);
  };
  show(pc.cyan("▸"), "");
  return {
    update: (text) => show(pc.cyan("▸"), text),
    done: (result) => {
      // Not cut: nothing rewrites it any more, and an address that ends in "…" is of no use.
      output.write(`\r\u001b[2K${lineOf(pc.green("✓"), `${result}${elapsed(clock.now() - start)}`)}\n`);
    },
  };
}

function plainStep(output: Output, clock: Clock, title: string): Step {
  const start = clock.now();
  let told = start;
  let last = "";
  return {
    update: (text) => {
      if (text === last || clock.now() - told < plainEveryMs) return;
      [told, last] = [clock.now(), text];
      output.write(`… ${title}: ${text}\n`);
    },
    done: (result) => output.write(`✓ ${title}${result && `: ${result}`}${elapsed(clock.now() - start)}\n`),
  };
}

function elapsed(ms: number): string {
  return ms < 100 ? "" : ` (${(ms / 1000).toFixed(1)} s)`;
}

/** Cut to one line, colours not counted; a longer one would wrap and could not be rewritten. */
function fitted(line: string, columns: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour sequences take no room.
  const visible = line.replace(/\u001b\[[0-9;]*m/g, "");
  const room = Math.max(2, columns) - 1;
  return visible.length <= room ? line : `${visible.slice(0, room - 1)}…`;
}
