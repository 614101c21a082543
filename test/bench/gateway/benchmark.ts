/** What the gateway adds to a request, against the upstream alone, nginx as a plain proxy, and any peer. */
import { join } from "node:path";
import type { Bench, Findings } from "../benchmark.ts";
import { withChildren } from "../processes/usage.ts";
import { startWorker } from "../processes/worker.ts";
import { findPrograms } from "../programs.ts";
import { measureCancels } from "./cancels.ts";
import { type GatewayCommunity, startGatewayCommunity } from "./community.ts";
import type { Load } from "./load.ts";
import { measure } from "./measure.ts";
import { nginxVersion, startNginx } from "./nginx.ts";
import { plain } from "./script.ts";
import { cancelTable, jsonTable, memoryNote, streamTable } from "./tables.ts";
import { naked, nginx, ours, type Variant } from "./variants.ts";

export interface GatewayOptions {
  readonly rounds: number;
  /** How long each case runs on each variant in each round. */
  readonly caseMs: number;
  readonly peers: readonly Variant[];
  /** 0: a free one. Peers are set up with it before. */
  readonly upstreamPort: number;
}

const nginxAbsent =
  "nginx was absent, so there is no floor to compare with: install it (Debian and Ubuntu: `apt-get install nginx-light`; macOS: `brew install nginx`).";

export async function benchGateway(bench: Bench, options: GatewayOptions): Promise<Findings> {
  const { stack, compiled, say } = bench;
  const programs = await findPrograms(bench);
  const upstream = stack.add(await startWorker("the mock upstream", join(compiled, "gateway/upstream.js")));
  const port = await upstream.call<number>("listen", { port: options.upstreamPort });
  const upstreamUrl = `http://127.0.0.1:${port}`;
  say(`the upstream is at ${upstreamUrl}; starting the gateway`);
  const load = stack.add(await startWorker("the load", join(compiled, "gateway/load.js")));
  const found = nginxVersion();
  const candidates = [
    {
      name: naked,
      target: { url: `${upstreamUrl}/v1`, key: undefined, model: "bench" },
      pids: () => [],
      isPeer: false,
    },
    ...(found ? [await nginxVariant(bench, found.command, port)] : []),
    ourVariant(await startGatewayCommunity(bench, programs, upstreamUrl)),
    ...options.peers,
  ];
  const { variants, silent } = await answering(candidates, load.call.bind(load));
  const measurements = await measure(bench, load, variants, options);
  say("clients that leave");
  const cancels = await measureCancels(bench, { load, upstream }, variants);
  const names = variants.map(({ name }) => name);
  const memory = memoryNote(measurements, names);
  return {
    tables: [jsonTable(measurements, names), streamTable(measurements, names), cancelTable(cancels)],
    notes: [...(memory ? [memory] : []), ...(found ? [] : [nginxAbsent]), ...silent],
    programs: { ...(found ? { nginx: found.version } : {}), ...programs.versions },
    measurements: { load: measurements, cancels },
  };
}

async function nginxVariant({ stack, scratch }: Bench, command: string, upstreamPort: number): Promise<Variant> {
  const started = await startNginx(command, upstreamPort, join(scratch, "nginx"));
  stack.add(started.process);
  const pids = withChildren(started.process.pid);
  return {
    name: nginx,
    target: { url: `${started.url}/v1`, key: undefined, model: "bench" },
    pids: () => pids,
    isPeer: false,
  };
}

function ourVariant({ gateway, key, model }: GatewayCommunity): Variant {
  const target = { url: `${gateway.url}/v1`, key, model };
  return { name: ours, target, pids: () => [gateway.process.pid], isPeer: false };
}

/** A peer that cannot answer is left out, in words; one of ours that cannot is a failure. */
async function answering(
  candidates: readonly Variant[],
  call: (command: string, order: unknown) => Promise<unknown>,
): Promise<{ variants: Variant[]; silent: string[] }> {
  const variants: Variant[] = [];
  const silent: string[] = [];
  for (const variant of candidates) {
    try {
      for (const stream of [false, true]) {
        const { requests, chunks } = (await call("load", {
          target: variant.target,
          concurrency: 1,
          stream,
          script: { ...plain, chunks: 3, everyMs: 1 },
          durationMs: 1,
        })) as Load;
        if (requests === 0) throw new Error("nothing came back");
        if (stream && chunks === 0) throw new Error("its stream carries no token of the upstream");
      }
      variants.push(variant);
    } catch (error) {
      const words = `${variant.name} does not answer: ${error instanceof Error ? error.message : error}`;
      if (!variant.isPeer) throw new Error(words, { cause: error });
      silent.push(`${words}.`);
    }
  }
  return { variants, silent };
}
