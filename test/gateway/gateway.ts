/** A gateway on loopback with a catalogue set by the test; everything is closed when the test ends, and nothing may be left. */
import { Writable } from "node:stream";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { readSettings, type Settings } from "../../api/settings.ts";
import { type RunningGateway, startGateway } from "../../api/start.ts";
import type { ReadSecret } from "../../api/upstreams/endpoint.ts";
import type { Clock } from "../../operator/clock/clock.ts";
import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import { safeLine } from "../../operator/text/log-line.ts";
import { type SetCatalogue, setCatalogue } from "./catalogue.ts";
import { deployment, host, type KeyedMember, memberWithKey, replica } from "./objects.ts";

export interface TestGateway extends RunningGateway {
  readonly catalogue: SetCatalogue;
  /** The key of a member who may do everything. */
  readonly key: string;
  readonly member: KeyedMember;
  /** Every line of the log. */
  readonly log: string[];
}

export interface TestGatewayOptions {
  /** Hosts by name → URL; each is ready and carries the deployment `default/smollm2`. */
  readonly hosts?: Readonly<Record<string, string>>;
  readonly parallel?: number;
  readonly settings?: Partial<Settings>;
  readonly clock?: Clock;
  readonly readSecret?: ReadSecret;
}

export async function testGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const log: string[] = [];
  const member = memberWithKey("ada");
  const catalogue = setCatalogue({ members: [member.member], ...served(options.hosts ?? {}, options.parallel ?? 1) });
  const settings = readSettings({ COMMONHOLD_GATEWAY_PORT: "0", COMMONHOLD_HOST_ADDRESSES: "127.0.0.1" });
  let ids = 0;
  const running = await startGateway({
    settings: { ...settings, drainTimeoutMs: 500, ...options.settings },
    catalogue,
    readSecret: options.readSecret ?? (async () => undefined),
    clock: options.clock ?? systemClock,
    random: systemRandom,
    logger: pino({ level: "debug", hooks: { streamWrite: safeLine } }, intoLines(log)),
    newRequestId: () => `request-${++ids}`,
  });
  onTestFinished(() => running.stop());
  return { ...running, catalogue, key: member.key, member, log };
}

/** One deployment, `default/smollm2`, with a ready replica on each host. */
export function served(hosts: Readonly<Record<string, string>>, parallel = 1) {
  const engine = { kind: "Ollama", parallel, kvCacheType: "f16" } as const;
  return {
    hosts: Object.entries(hosts).map(([name, url]) => host(name, url, { engine })),
    deployments: [
      deployment(
        "default/smollm2",
        Object.keys(hosts).map((name) => replica(name)),
      ),
    ],
  };
}

function intoLines(lines: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString("utf8"));
      done();
    },
  });
}
