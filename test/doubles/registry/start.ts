/** A real registry (the CNCF's `registry`) with an empty store of its own on a free loopback port. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registryConfig } from "../../../cli/up/binaries/registry-config.ts";
import { startOnKeptPort } from "../../../cli/up/processes/ports.ts";
import { waitReady } from "../../../cli/up/processes/readiness.ts";
import { startProcess } from "../../../cli/up/processes/start.ts";
import { scratchDirectory } from "../../control-plane/scratch.ts";
import { programPath } from "../../programs/program-path.ts";

export interface StartedRegistry {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Ends it and removes what was pushed. */
  discard(): Promise<void>;
}

const readyDeadlineMs = 60_000;

export async function startTestRegistry(): Promise<StartedRegistry> {
  const path = await programPath("registry");
  const directory = scratchDirectory("registry");
  mkdirSync(join(directory, "store"), { recursive: true });
  return startOnKeptPort(join(directory, "port"), async (port) => {
    const address = `127.0.0.1:${port}`;
    const configPath = join(directory, "config.yml");
    writeFileSync(configPath, registryConfig({ address, folder: join(directory, "store") }));
    const program = await startProcess({
      name: "registry",
      command: path,
      args: ["serve", configPath],
      env: { PATH: process.env["PATH"], HOME: directory, OTEL_TRACES_EXPORTER: "none" },
      logPath: join(directory, "registry.log"),
    });
    const origin = `http://${address}`;
    const answers = async (signal: AbortSignal): Promise<boolean> => (await fetch(`${origin}/v2/`, { signal })).ok;
    await waitReady(program, answers, { deadlineMs: readyDeadlineMs });
    const discard = async (): Promise<void> => {
      program.kill("SIGKILL");
      await program.exited;
      rmSync(directory, { recursive: true, force: true });
    };
    return { origin, host: address, discard };
  });
}
