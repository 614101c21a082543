/** The gateway as a process: reads the environment, wires, handles signals. Nothing else does. */
import { randomUUID } from "node:crypto";
import closeWithGrace from "close-with-grace";
import { pino } from "pino";
import { systemClock, systemRandom } from "../operator/clock/system.ts";
import { createKubeClient } from "../operator/kube/client.ts";
import { kubeConfigFromDefaults } from "../operator/kube/kubeconfig.ts";
import { safeLine } from "../operator/text/log-line.ts";
import { watchCatalogue } from "./catalogue/watch.ts";
import { readSettings } from "./settings.ts";
import { startGateway } from "./start.ts";
import { secretReader } from "./upstreams/secrets.ts";

/** Beyond the streams' own bound: for sockets, watches and the last log lines. */
const stopGraceMs = 5_000;

const logger = pino({ name: "commonhold-gateway", level: "info", hooks: { streamWrite: safeLine } });

try {
  await run();
} catch (err) {
  logger.fatal(
    { err, event: "failed" },
    `The gateway cannot start: ${err instanceof Error ? err.message : String(err)}`,
  );
  // Watches may run already; there is nothing that they could be waited for.
  process.exit(1);
}

async function run(): Promise<void> {
  const settings = readSettings(process.env);
  logger.level = settings.logLevel;
  const client = createKubeClient(kubeConfigFromDefaults(process.env), {
    clock: systemClock,
    userAgent: "commonhold-gateway",
  });
  const catalogue = watchCatalogue({ client, clock: systemClock, random: systemRandom, logger });
  const watching = new AbortController();
  const watched = catalogue.run(watching.signal);
  catalogue.synced.then(
    () => logger.info({ event: "synced" }, "members, deployments and hosts are known"),
    () => undefined, // stopped before: the log says so
  );
  const running = await startGateway({
    settings,
    catalogue,
    readSecret: secretReader({ client, clock: systemClock, namespace: settings.namespace }),
    clock: systemClock,
    random: systemRandom,
    logger,
    newRequestId: randomUUID,
  });
  logger.info({ event: "listening", url: running.url }, "the gateway listens");

  closeWithGrace({ delay: settings.drainTimeoutMs + stopGraceMs, logger }, async ({ err, signal }) => {
    if (err) logger.fatal({ err }, "the gateway fails");
    else logger.info({ event: "stopping", signal }, "the gateway stops");
    await running.stop();
    watching.abort(new Error("the gateway stops"));
    await watched;
    await client.close();
  });
}
