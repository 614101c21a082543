/** A witness as a member runs it: `commonhold witness`, with what `commonhold log verify` tells it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { startProcess } from "../../cli/up/processes/start.ts";
import { verifiedLog } from "./governance-log.ts";
import { commonholdPath, type Person } from "./governance-person.ts";

export interface WitnessProcess {
  /** `URL key`, as those write it down who trust it. */
  readonly peer: string;
  stop(): Promise<unknown>;
}

const readyTimeoutMs = 60_000;

export async function startWitness(owner: Person): Promise<WitnessProcess> {
  const { origin, keys, genesisLeaf } = await verifiedLog(owner);
  const logPath = join(owner.home, "witness.log");
  const program = await startProcess({
    name: "witness",
    command: process.execPath,
    args: [
      ...[commonholdPath, "witness", "--listen", "127.0.0.1:0", "--state", join(owner.home, "witness")],
      ...["--name", `${owner.name}.example/witness`, "--origin", origin, "--genesis", genesisLeaf],
      ...keys.flatMap(({ key }) => ["--log-key", key]),
    ],
    env: owner.environment,
    cwd: owner.home,
    logPath,
  });
  let peer: string | undefined;
  const announced = () => {
    if (program.exit) throw program.failure();
    peer = /write down: (http\S+ \S+)/.exec(readFileSync(logPath, "utf8"))?.[1];
    return peer;
  };
  await expect.poll(announced, { timeout: readyTimeoutMs, interval: 100 }).toBeDefined();
  return { peer: peer ?? "", stop: () => program.stop() };
}
