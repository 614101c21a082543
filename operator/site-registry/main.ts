/** The filler of the site's registry as a process: reads the environment, wires, handles signals. Nothing else does. */
import closeWithGrace from "close-with-grace";
import { pino } from "pino";
import { systemClock, systemRandom } from "../clock/system.ts";
import { createKubeClient } from "../kube/client.ts";
import { kubeConfigFromDefaults } from "../kube/kubeconfig.ts";
import { safeLine } from "../text/log-line.ts";
import { readSettings } from "./settings.ts";
import { startFiller } from "./start.ts";

const logger = pino({ name: "commonhold-registry-filler", level: "info", hooks: { streamWrite: safeLine } });

try {
  await run();
} catch (err) {
  const why = err instanceof Error ? err.message : String(err);
  logger.fatal({ err, event: "failed" }, `The filler of the site's registry cannot start: ${why}`);
  process.exit(1);
}

async function run(): Promise<void> {
  const settings = readSettings(process.env);
  logger.level = settings.logLevel;
  const client = createKubeClient(kubeConfigFromDefaults(process.env), {
    clock: systemClock,
    userAgent: "commonhold-registry-filler",
  });
  const filler = await startFiller({ settings, client, clock: systemClock, random: systemRandom, logger });
  logger.info({ event: "listening", url: filler.url }, "the filler listens");
  const { close } = closeWithGrace({ delay: settings.stopTimeoutMs, logger }, async ({ err, signal }) => {
    if (err) logger.fatal({ err }, "the filler fails");
    else logger.info({ event: "stopping", signal }, "the filler stops");
    await filler.stop();
    await client.close();
  });
  filler.failed.catch((err: unknown) => {
    logger.fatal({ err }, "the filler cannot go on");
    process.exitCode = 1;
    close();
  });
}
