import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { standardOutput } from "./standard-output.ts";

function stream(more: object = {}): NodeJS.WriteStream & PassThrough {
  return Object.assign(new PassThrough(), more) as never;
}

test("a reader that is gone is told once, and what comes after is dropped", () => {
  const pipe = stream();
  const told: string[] = [];
  const output = standardOutput((error) => told.push(`${error.message}: ${(error.cause as Error).message}`), pipe);
  output.write("a");
  for (const error of [new Error("write EPIPE"), new Error("write EIO")]) pipe.emit("error", error);
  output.write("b");
  expect(told).toEqual(["nobody reads the output any more: write EPIPE"]);
  expect(pipe.read()?.toString()).toBe("a");
});

test("a terminal is known with its width at that moment; anything else has a usual one", () => {
  const terminal = stream({ isTTY: true, columns: 40 });
  const output = standardOutput(undefined, terminal);
  expect([output.isTerminal, output.columns()]).toEqual([true, 40]);
  terminal.columns = 30;
  expect(output.columns()).toBe(30);
  const pipe = standardOutput(undefined, stream());
  expect([pipe.isTerminal, pipe.columns()]).toEqual([false, 100]);
});
