/** Puts a witness together: its key, what it signed before, its port. */
import type { Logger } from "pino";
import type { Clock } from "../../operator/clock/clock.ts";
import { printable } from "../../operator/text/printable.ts";
import { formatPublicKey } from "../../operator/tlog/note/key.ts";
import { startWitnessServer } from "./server.ts";
import type { Settings } from "./settings.ts";
import { claimStore } from "./state/claims.ts";
import { type Disk, systemDisk } from "./state/disk.ts";
import { headStore } from "./state/heads.ts";
import { witnessKey } from "./state/key-file.ts";
import { createWitness, type WitnessNotice } from "./witness.ts";

export interface WitnessDependencies {
  readonly settings: Omit<Settings, "stopTimeoutMs" | "logLevel">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disk?: Disk;
}

export interface RunningWitness {
  readonly url: string;
  /** Public key, as those who trust this witness write it down. */
  readonly vkey: string;
  stop(): Promise<void>;
}

export async function startWitness(dependencies: WitnessDependencies): Promise<RunningWitness> {
  const { settings, clock, logger, disk = systemDisk } = dependencies;
  const { stateFolder, keyName, origin, logKeys, genesis } = settings;
  const key = await witnessKey(stateFolder, disk, keyName || undefined);
  const witness = createWitness({
    key,
    clock,
    logs: [{ origin, keys: logKeys, genesis }],
    heads: headStore(stateFolder, disk),
    claims: claimStore(stateFolder, disk),
    onAnswer: (notice) => tell(notice, logger),
  });
  await witness.load();
  const server = await startWitnessServer({
    ...{ address: settings.listenAddress, port: settings.port },
    ...{ witness, logger },
  });
  return { url: server.url, vkey: formatPublicKey(key), stop: () => server.close() };
}

function tell({ status, code, origin, size, unkept }: WitnessNotice, logger: Logger): void {
  const about = { event: code, status, ...(size !== undefined && { size }) };
  const log = printable(origin ?? "a log", 200);
  if (unkept !== undefined) logger.error({ ...about, err: unkept }, "what was refused could not be kept as evidence");
  if (code === "cosigned") logger.info(about, `cosigned ${log} at ${size} records`);
  else if (code === "fork") logger.warn(about, `${log} signed two different trees of ${size} records: see claims/`);
  else if (code === "not-append-only") logger.warn(about, `${log} was not shown to have only grown: see claims/`);
  else logger.debug(about, "refused a request");
}
