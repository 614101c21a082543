/** A witness as a process: reads the environment, wires, handles signals. Nothing else does. */
import closeWithGrace from "close-with-grace";
import { pino } from "pino";
import { systemClock } from "../../operator/clock/system.ts";
import { safeLine } from "../../operator/text/log-line.ts";
import { readSettings } from "./settings.ts";
import { startWitness } from "./start.ts";

const logger = pino({ name: "commonhold-witness", level: "info", hooks: { streamWrite: safeLine } });

try {
  await run();
} catch (err) {
  const why = err instanceof Error ? err.message : String(err);
  logger.fatal({ err, event: "failed" }, `The witness cannot start: ${why}`);
  process.exit(1);
}

async function run(): Promise<void> {
  const settings = readSettings(process.env);
  logger.level = settings.logLevel;
  const witness = await startWitness({ settings, clock: systemClock, logger });
  logger.info({ event: "listening", url: witness.url, vkey: witness.vkey }, "the witness listens");
  closeWithGrace({ delay: settings.stopTimeoutMs, logger }, async ({ err, signal }) => {
    if (err) logger.fatal({ err }, "the witness fails");
    else logger.info({ event: "stopping", signal }, "the witness stops");
    await witness.stop();
  });
}
