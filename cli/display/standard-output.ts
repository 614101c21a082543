import type { Output } from "./display.ts";

const columnsDefault = 100;

/**
 * `onGone` is called once when nobody reads any more: the reader of a pipe ended (`| head`), or the terminal was closed.
 * What is written after that is dropped; without this the first such write would end the process on the spot.
 */
export function standardOutput(
  onGone: (error: Error) => void = () => {},
  stream: NodeJS.WriteStream = process.stdout,
): Output {
  let gone = false;
  stream.on("error", (error: Error) => {
    if (!gone) onGone(new Error("nobody reads the output any more", { cause: error }));
    gone = true;
  });
  return {
    write: (text) => void (gone || stream.write(text)),
    isTerminal: stream.isTTY === true,
    columns: () => stream.columns ?? columnsDefault,
  };
}
