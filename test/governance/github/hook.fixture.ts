/** The service's own port, told by the double: what wakes it, and what it counts. */
import { createGovernanceMetrics } from "../../../governance/service/metrics.ts";
import { startServer } from "../../../governance/service/server.ts";
import { webhookPath } from "../../../governance/webhooks/github-webhooks.ts";
import type { WebhookOutcome } from "../../../governance/webhooks/outcome.ts";
import type { GitHubDouble } from "../../doubles/github/double.ts";

export interface Hook {
  /** Address of the webhook. */
  readonly url: string;
  readonly woken: number;
  /** By outcome, as `/metrics` shows it. */
  counted(): Promise<Partial<Record<WebhookOutcome, number>>>;
  close(): Promise<void>;
}

export async function listenTo(
  double: GitHubDouble,
  secrets: readonly [string] | readonly [string, string] = [double.settings.webhookSecret],
): Promise<Hook> {
  const { registry, webhooks } = createGovernanceMetrics();
  let woken = 0;
  const server = await startServer({
    ...{ address: "127.0.0.1", port: 0, registry, clock: double.settings.clock },
    waitsFor: () => [],
    checkpoint: () => undefined,
    wake: () => void woken++,
    count: (outcome) => webhooks.inc({ outcome }),
    webhookSecrets: secrets,
  });
  double.webhooks.listen(`${server.url}${webhookPath}`);
  return {
    url: `${server.url}${webhookPath}`,
    get woken() {
      return woken;
    },
    async counted() {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      const lines = text.matchAll(/^commonhold_governance_webhooks_total\{outcome="(\w+)"\} (\d+)$/gm);
      return Object.fromEntries([...lines].map(([, outcome = "", count]) => [outcome, Number(count)]));
    },
    close: () => server.close(),
  };
}
