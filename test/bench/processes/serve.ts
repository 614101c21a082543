/** The other end of `worker.ts`: answers the parent's commands, and exits the moment the parent is gone. */

export interface Call {
  readonly call: number;
  readonly command: string;
  readonly argument: unknown;
}

export interface Reply {
  readonly call: number;
  readonly result?: unknown;
  readonly error?: string;
}

type Handler = (argument: never) => unknown;

/** Commands run side by side; each answers when its promise does. */
export function serveParent(handlers: Readonly<Record<string, Handler>>): void {
  // Ctrl-C reaches every process of a terminal: the parent decides, and its end of the channel closing says so.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit());
  process.on("message", (call: Call) => void answer(handlers, call));
}

async function answer(handlers: Readonly<Record<string, Handler>>, { call, command, argument }: Call): Promise<void> {
  const reply = (fields: Omit<Reply, "call">): void => void process.send?.({ call, ...fields });
  try {
    const handler = handlers[command];
    if (!handler) throw new Error(`there is no command ${command}`);
    reply({ result: await handler(argument as never) });
  } catch (error) {
    reply({ error: error instanceof Error ? error.message : String(error) });
  }
}
