/** A connection on which a test says what no HTTP client would. */
import { connect } from "node:net";
import { onTestFinished } from "vitest";
import { inTime } from "./deadline.ts";

export interface RawSocket {
  write(text: string): void;
  /** What was answered so far. */
  text(): string;
  connected(): Promise<unknown>;
  closed(): Promise<unknown>;
}

export function rawSocket(url: string): RawSocket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let answered = "";
  socket.on("data", (chunk) => {
    answered += chunk.toString();
  });
  // A reset closes it, too.
  socket.on("error", () => undefined);
  const connected = new Promise((resolve) => socket.once("ready", resolve));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  return {
    write: (text) => void socket.write(text),
    text: () => answered,
    connected: () => inTime(connected),
    closed: () => inTime(closed),
  };
}
