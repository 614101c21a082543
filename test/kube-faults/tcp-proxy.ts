/**
 * A TCP proxy on loopback that can misbehave as networks do: cut (reset), freeze (nothing moves, nothing is closed), go
 * half-open (the server's side is gone, the client is never told) and refuse. It knows nothing of TLS or HTTP.
 */

import { connect, createServer, type Server, type Socket } from "node:net";

export interface TcpProxy {
  /** `https://127.0.0.1:PORT`, to be put where the server's own address stood. */
  readonly url: string;
  /** Connections open now. */
  readonly open: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  /** Resets every connection. */
  cut(): void;
  /** From now on no byte moves in either direction, on old and new connections; all stay open. */
  freeze(): void;
  /** What was held back moves again. */
  thaw(): void;
  /** Drops the server's side of every connection; the client's side stays open and silent for ever. */
  halfOpen(): void;
  /** New connections are reset at once until `accept`. */
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  server: Socket;
  /** The server's side was dropped on purpose: its end is not passed on. */
  severed: boolean;
}

export async function startTcpProxy(target: () => { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const state = { frozen: false, refusing: false, accepted: 0 };
  const listener = createServer((client) => {
    state.accepted++;
    client.on("error", () => undefined);
    if (state.refusing) return void client.resetAndDestroy();
    const pair: Pair = { client, server: connect(target()), severed: false };
    pairs.add(pair);
    join(pair, () => pairs.delete(pair));
    if (state.frozen) hold(pair);
  });
  const port = await listen(listener);
  const resetAll = (): void => {
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  };
  return {
    url: `https://127.0.0.1:${port}`,
    get open() {
      return pairs.size;
    },
    get accepted() {
      return state.accepted;
    },
    cut: resetAll,
    freeze() {
      state.frozen = true;
      for (const pair of pairs) hold(pair);
    },
    thaw() {
      state.frozen = false;
      for (const { client, server, severed } of pairs) {
        client.resume();
        if (!severed) server.resume();
      }
    },
    halfOpen() {
      for (const pair of pairs) {
        pair.severed = true;
        pair.server.destroy();
      }
    },
    refuse() {
      state.refusing = true;
    },
    accept() {
      state.refusing = false;
    },
    async close() {
      resetAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** Where a `https://host:port` points to. */
export function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** Passes bytes by hand: `pipe` would go on reading while nothing may move. */
function join(pair: Pair, ended: () => void): void {
  const { client, server } = pair;
  const end = (): void => {
    ended();
    client.destroy();
    server.destroy();
  };
  client.on("data", (bytes) => {
    if (!pair.severed) server.write(bytes);
  });
  server.on("data", (bytes) => client.write(bytes));
  server.on("error", () => undefined);
  server.on("close", () => {
    if (!pair.severed) end();
  });
  client.on("close", end);
}

function hold({ client, server }: Pair): void {
  client.pause();
  server.pause();
}

async function listen(listener: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", resolve);
  });
  const address = listener.address();
  if (typeof address !== "object" || address === null) throw new Error("the proxy has no port");
  return address.port;
}
