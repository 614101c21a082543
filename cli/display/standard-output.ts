import type { Output } from "./display.ts";

const columnsDefault = 100;

export function standardOutput(): Output {
  return {
    write: (text) => void process.stdout.write(text),
    isTerminal: process.stdout.isTTY === true,
    columns: () => process.stdout.columns ?? columnsDefault,
  };
}
