/** `commonhold witness`: a member's machine that cosigns nothing but the log's growth, in the foreground. */
import { resolve } from "node:path";
import { type Logger, pino } from "pino";
import { genesisLeafOf } from "../../governance/witness/settings.ts";
import { startWitness } from "../../governance/witness/start.ts";
import { systemDisk } from "../../governance/witness/state/disk.ts";
import { witnessKey } from "../../governance/witness/state/key-file.ts";
import { listed } from "../../operator/text/list.ts";
import { safeLine } from "../../operator/text/log-line.ts";
import { formatPublicKey, type PublicNoteKey } from "../../operator/tlog/note/key.ts";
import { PolicyRefusal } from "../policy/refusal.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { lockState } from "../up/state/lock.ts";

export interface WitnessKeyFlags {
  readonly state: string;
  readonly name?: string;
}

export interface WitnessFlags extends WitnessKeyFlags {
  readonly origin?: string;
  readonly logKey: readonly PublicNoteKey[];
  readonly genesis?: string;
  readonly listen: string;
}

/** Makes the key where there is none yet. */
export async function showWitnessKey({ state, name }: WitnessKeyFlags, around: Surroundings): Promise<void> {
  const key = await witnessKey(resolve(around.cwd, state), systemDisk, name);
  around.say(formatPublicKey(key));
}

/** Runs until it is asked to end. */
export async function witness(flags: WitnessFlags, around: Surroundings, logger = errorOutput()): Promise<void> {
  const settings = { ...logOf(flags), ...placeOf(flags.listen), keyName: flags.name ?? "" };
  const stateFolder = resolve(around.cwd, flags.state);
  await systemDisk.makeFolder(stateFolder);
  const lock = lockState(stateFolder);
  try {
    const running = await startWitness({
      settings: { stateFolder, ...settings },
      clock: around.clock,
      logger,
    });
    lock.announce(running.url);
    around.say(
      `This witness listens at ${running.url}; its state and its key are in ${stateFolder}: losing them, it can be shown another history.`,
      `Those who trust it write down: ${running.url} ${running.vkey}`,
    );
    await untilAborted(around.signal);
    await running.stop();
  } finally {
    lock.release();
  }
}

/** What it signed and refused, as JSON lines beside what is for people. */
function errorOutput(): Logger {
  return pino({ name: "commonhold-witness", level: "info", hooks: { streamWrite: safeLine } }, pino.destination(2));
}

/** Throws a PolicyRefusal that names what is missing. */
function logOf({ origin, logKey, genesis }: WitnessFlags) {
  const leaf = genesisLeafOf(genesis ?? "");
  const missing = [
    ...(origin === undefined ? ["--origin, the name of the log"] : []),
    ...(logKey.length === 0 ? ["--log-key, the public key that signs it"] : []),
    ...(leaf === undefined ? ["--genesis, the leaf hash of its first record in base 64"] : []),
  ];
  if (origin !== undefined && leaf !== undefined && missing.length === 0)
    return { origin, logKeys: logKey, genesis: leaf };
  throw new PolicyRefusal(`give ${listed(missing)}; commonhold log verify shows them`);
}

/** `host:port`, `[::1]:port` or only a port. */
function placeOf(listen: string) {
  const [, host, port] = /^(?:(.+):)?(\d{1,5})$/.exec(listen) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new PolicyRefusal(
      `--listen is an address and a port, for example 0.0.0.0:8090: "${listen.slice(0, 100)}" is none`,
    );
  }
  return { listenAddress: (host ?? "127.0.0.1").replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
