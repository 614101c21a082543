import { describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import type { Output } from "./display.ts";
import { failureLines } from "./failure-text.ts";
import { jsonDisplay } from "./json-display.ts";
import { textDisplay } from "./text-display.ts";

function recorder(isTerminal = false, columns = 80): Output & { text: string } {
  return {
    text: "",
    isTerminal,
    columns: () => columns,
    write(part) {
      this.text += part;
    },
  };
}

describe("plain lines", () => {
  test("a step that chatters is told at most every 5 seconds, and its end always", async () => {
    const clock = new ManualClock();
    const output = recorder();
    const step = textDisplay(output, clock).step("model");
    step.update("1 %");
    await clock.advance(6_000);
    step.update("50 %");
    step.update("51 %");
    step.done("ready");
    expect(output.text).toBe("… model: 50 %\n✓ model: ready (6.0 s)\n");
  });

  test("what was said too early to be told is told when it is said again", async () => {
    const clock = new ManualClock();
    const output = recorder();
    const step = textDisplay(output, clock).step("model");
    step.update("the registry does not answer");
    await clock.advance(5_000);
    for (let again = 0; again < 3; again++) step.update("the registry does not answer");
    expect(output.text).toBe("… model: the registry does not answer\n");
  });
});

describe("a terminal", () => {
  test("the end of a step is not cut: an address that ends in … is of no use", () => {
    const output = recorder(true, 30);
    const url = `http://127.0.0.1:11435/${"x".repeat(60)}`;
    textDisplay(output, new ManualClock()).step("gateway").done(url);
    expect(output.text).toContain(`${url}`);
  });

  test("a line never wraps: it is cut to the terminal's width", () => {
    const output = recorder(true, 30);
    textDisplay(output, new ManualClock()).step("pull").update("x".repeat(100));
    const shown = output.text.split("\r\u001b[2K").at(-1)!;
    expect(shown).toHaveLength(29);
    expect(shown.endsWith("…")).toBe(true);
  });
});

describe("JSON lines", () => {
  test("every line is one object with its event and time", () => {
    const output = recorder();
    const display = jsonDisplay(output, new ManualClock(1000));
    const step = display.step("pull");
    for (const text of ["1 %", "1 %"]) step.update(text);
    display.failure(new Error("no"));
    expect(
      output.text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { event: "step", at: 1000, title: "pull" },
      { event: "progress", at: 1000, title: "pull", text: "1 %" },
      { event: "failed", at: 1000, reason: "no" },
    ]);
  });
});

describe("why it failed", () => {
  test("the causes stand below what happened, each once", () => {
    const error = new Error("the gateway did not start", {
      cause: new Error("port 80 is taken", { cause: new Error("port 80 is taken") }),
    });
    expect(failureLines(error)).toEqual(["the gateway did not start", "because: port 80 is taken"]);
  });
  test("control characters from outside are shown, not obeyed", () => {
    expect(failureLines(new Error("bad \u001b[2J name")).join("")).not.toContain("\u001b");
  });
});
