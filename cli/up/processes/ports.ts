import { createServer } from "node:net";
import { readIfPresent, writeAtomically } from "../state/write.ts";
import { ProcessFailure } from "./failure.ts";

const portAttemptsMax = 5;

/**
 * Starts a server on the port that `file` names while that is free, and on another one whenever somebody takes it between
 * choosing and binding; notes the port in `file` once the server is up.
 */
export async function startOnKeptPort<T>(
  file: string,
  start: (port: number) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(file);
    try {
      const started = await start(port);
      writeAtomically(file, String(port));
      return started;
    } catch (error) {
      const taken = error instanceof ProcessFailure && error.code === "address-in-use";
      if (!taken || signal?.aborted || attempt === portAttemptsMax) throw error;
    }
  }
}

async function choosePort(file: string): Promise<number> {
  const last = Number(readIfPresent(file) ?? 0);
  return (await isPortFree(last)) ? last : freePort();
}

/**
 * A loopback port that was free a moment ago. Another program may take it before ours binds it: whoever starts the server
 * retries with another port on `address-in-use`.
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0, exclusive: true }, resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("the system gave no port on 127.0.0.1");
  return address.port;
}

/** Whether a port of 127.0.0.1 can be bound right now; false for what is no port. */
export async function isPortFree(port: number): Promise<boolean> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return false;
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
