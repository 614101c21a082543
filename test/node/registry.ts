/** The real registry of models, on the address by which pods reach this machine. */
import { connect, createServer } from "node:net";
import { startTestRegistry } from "../doubles/registry/start.ts";

export interface NodeRegistry {
  /** For this machine. */
  readonly origin: string;
  /** For references that pods resolve: `ADDRESS:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

export async function startNodeRegistry(machineAddress: string): Promise<NodeRegistry> {
  const registry = await startTestRegistry();
  const port = Number(new URL(registry.origin).port);
  const listener = createServer((client) => {
    const server = connect(port, "127.0.0.1");
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) {
      socket.on("error", () => {
        client.destroy();
        server.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(port, machineAddress, resolve);
  });
  const close = async (): Promise<void> => {
    listener.close();
    await registry.discard();
  };
  return { origin: registry.origin, host: `${machineAddress}:${port}`, close };
}
