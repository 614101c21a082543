/**
 * A program of its own: contends for a lease and, while it leads, writes as fast as it can, fenced. The test freezes it with
 * SIGSTOP. It ends when its standard input does, so that it cannot outlive the test.
 *
 * It writes two objects: "plain" without a precondition, with the time at which each write was begun, and "guarded" with the
 * `resourceVersion` that it saw last.
 */

import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import { configMaps } from "../../operator/kube/builtin-types.ts";
import { createKubeClient } from "../../operator/kube/client.ts";
import { FencedError } from "../../operator/kube/errors.ts";
import { kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import { LeaderElector } from "../../operator/kube/lease.ts";

const [kubeconfig = "", namespace = "", identity = ""] = process.argv.slice(2);

const client = createKubeClient(kubeConfigFromFile(kubeconfig), { clock: systemClock });
const elector = new LeaderElector({
  client,
  namespace,
  name: "leader",
  identity,
  clock: systemClock,
  random: systemRandom,
  leaseDurationMs: 15_000,
  renewDeadlineMs: 13_500,
  retryPeriodMs: 100,
});
const fenced = client.withFence(elector.fence);
const stop = new AbortController();
process.stdin.on("end", () => stop.abort()).resume();

await elector.run(stop.signal, async () => {
  say("leads");
  let guarded = await client.create(configMaps, {
    metadata: { namespace, name: "guarded" },
    data: { writer: identity },
  });
  // On purpose it never looks at its signal: the fence alone must hold it back.
  for (let count = 1; !stop.signal.aborted; count++) {
    try {
      const data = { writer: identity, count: String(count), begun: String(systemClock.now()) };
      await fenced.apply(configMaps, { metadata: { namespace, name: "plain" }, data }, { fieldManager: identity });
      guarded = await fenced.replace(configMaps, { ...guarded, data });
    } catch (error) {
      if (error instanceof FencedError) return giveUp();
      say(`failed: ${String(error)}`);
    }
  }
});
await client.close();

/** One term only: what it might win again later is not what the test asks. */
function giveUp(): void {
  say("held back");
  stop.abort();
}

function say(words: string): void {
  process.stdout.write(`${words}\n`);
}
