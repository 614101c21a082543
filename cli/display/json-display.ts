import type { Clock } from "../../operator/clock/clock.ts";
import type { Display, Output } from "./display.ts";
import { failureLines } from "./failure-text.ts";

/** For programs: one JSON object a line, each with `event`, `at` (ms since the epoch) and what belongs to it. */
export function jsonDisplay(output: Output, clock: Clock): Display {
  const emit = (event: string, fields: Readonly<Record<string, unknown>>): void =>
    output.write(`${JSON.stringify({ event, at: clock.now(), ...fields })}\n`);
  return {
    step: (title) => {
      emit("step", { title });
      let last = "";
      return {
        update: (text) => {
          if (text !== last) emit("progress", { title, text });
          last = text;
        },
        done: (result) => emit("done", { title, result }),
      };
    },
    answer: (text) => emit("answer", { text }),
    answerDone: (facts) => emit("answered", facts),
    lines: () => {},
    facts: (facts) => emit("ready", facts),
    failure: (error) => emit("failed", { reason: failureLines(error).join("\n") }),
  };
}
