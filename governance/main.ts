/** The governance service as a process: reads the environment, wires, handles signals. Nothing else does. */
import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setFlagsFromString } from "node:v8";
import closeWithGrace from "close-with-grace";
import { pino } from "pino";
import { systemClock, systemRandom } from "../operator/clock/system.ts";
import { createKubeClient } from "../operator/kube/client.ts";
import { kubeConfigFromDefaults } from "../operator/kube/kubeconfig.ts";
import { safeLine } from "../operator/text/log-line.ts";
import { startGovernance } from "./service/start.ts";
import { readSettings } from "./settings.ts";

/**
 * By how much the heap may grow over what was in use after the last full collection, in percent. V8 lets it grow to four times that, and
 * each pass over ten thousand files leaves much to collect: 670 MiB resident instead of 280 (docs/benchmarks.md). Read by V8 at every
 * collection, so it may be set in a process that the image or a supervisor has started without flags.
 */
const heapGrowingPercent = 40;
setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`);

const logger = pino({ name: "commonhold-governance", level: "info", hooks: { streamWrite: safeLine } });

try {
  await run();
} catch (err) {
  const why = err instanceof Error ? err.message : String(err);
  logger.fatal({ err, event: "failed" }, `The governance service cannot start: ${why}`);
  // Watches may run already; there is nothing that they could be waited for.
  process.exit(1);
}

async function run(): Promise<void> {
  const settings = readSettings(process.env);
  logger.level = settings.logLevel;
  const client = createKubeClient(kubeConfigFromDefaults(process.env), {
    clock: systemClock,
    userAgent: "commonhold-governance",
  });
  const governance = await startGovernance({
    settings,
    client,
    clock: systemClock,
    random: systemRandom,
    randomBytes,
    logger,
    identity: `${hostname()}-${randomUUID()}`,
    environment: process.env,
    fetch,
  });
  logger.info({ event: "listening", url: governance.url }, "the governance service listens");

  const { close } = closeWithGrace({ delay: settings.stopTimeoutMs, logger }, async ({ err, signal }) => {
    if (err) logger.fatal({ err }, "the governance service fails");
    else logger.info({ event: "stopping", signal }, "the governance service stops");
    await governance.stop();
    await client.close();
  });
  governance.failed.catch((err: unknown) => {
    logger.fatal({ err }, "the governance service cannot go on");
    process.exitCode = 1;
    close();
  });
}
