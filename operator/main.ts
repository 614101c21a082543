/** The operator as a process: reads the environment, wires, handles signals. Nothing else does. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import closeWithGrace from "close-with-grace";
import { pino } from "pino";
import { systemClock, systemRandom } from "./clock/system.ts";
import { createKubeClient } from "./kube/client.ts";
import { kubeConfigFromDefaults } from "./kube/kubeconfig.ts";
import { readSettings } from "./server/settings.ts";
import { startOperator } from "./server/start.ts";
import { safeLine } from "./text/log-line.ts";

const logger = pino({ name: "commonhold-operator", level: "info", hooks: { streamWrite: safeLine } });

try {
  await run();
} catch (err) {
  const why = err instanceof Error ? err.message : String(err);
  logger.fatal({ err, event: "failed" }, `The operator cannot start: ${why}`);
  // Watches may run already; there is nothing that they could be waited for.
  process.exit(1);
}

async function run(): Promise<void> {
  const settings = readSettings(process.env);
  logger.level = settings.logLevel;
  const client = createKubeClient(kubeConfigFromDefaults(process.env), {
    clock: systemClock,
    userAgent: "commonhold-operator",
  });
  const operator = await startOperator({
    settings,
    client,
    clock: systemClock,
    random: systemRandom,
    logger,
    identity: `${hostname()}-${randomUUID()}`,
  });
  logger.info({ event: "listening", url: operator.url }, "the operator listens");

  const { close } = closeWithGrace({ delay: settings.stopTimeoutMs, logger }, async ({ err, signal }) => {
    if (err) logger.fatal({ err }, "the operator fails");
    else logger.info({ event: "stopping", signal }, "the operator stops");
    await operator.stop();
    await client.close();
  });
  operator.failed.catch((err: unknown) => {
    logger.fatal({ err }, "the operator cannot go on");
    process.exitCode = 1;
    close();
  });
}
