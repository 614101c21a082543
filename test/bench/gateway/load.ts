/** Process: the load. A closed loop of `concurrency` clients, each with a connection of its own that it keeps. */
import { Pool } from "undici";
import { serveParent } from "../processes/serve.ts";
import { percentile } from "../report/statistics.ts";
import { type Exchange, type Sample, send } from "./client.ts";
import { requestBody, type Script, sharedClockUs } from "./script.ts";

export interface Target {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string;
  readonly key: string | undefined;
  readonly model: string;
}

export interface LoadOrder {
  readonly target: Target;
  readonly concurrency: number;
  readonly stream: boolean;
  readonly script: Script;
  /** No request begins after it. */
  readonly durationMs: number;
}

/** Latencies in microseconds. */
export interface Load {
  readonly requests: number;
  readonly elapsedMs: number;
  readonly p50: number;
  readonly p99: number;
  readonly firstByteP50: number;
  readonly chunks: number;
  /** From being written by the upstream to being read here. NaN where nothing was streamed. */
  readonly chunkP50: number;
  readonly chunkP99: number;
}

export interface CancelOrder {
  readonly target: Target;
  readonly stream: boolean;
  readonly script: Omit<Script, "id">;
  readonly ids: readonly string[];
  /** Leave so long after sending, or after this many tokens have come. */
  readonly leave: { readonly afterMs: number } | { readonly afterTokens: number };
}

/** When each client left, by its id. */
export type Cancels = Readonly<Record<string, number>>;

serveParent({ load, cancel });

async function load(order: LoadOrder): Promise<Load> {
  const { target, concurrency, stream, script, durationMs } = order;
  const pool = new Pool(new URL(target.url).origin, { connections: concurrency, pipelining: 1, headersTimeout: 0 });
  const exchange = exchangeOf(target, stream, script);
  const samples: Sample[] = [];
  const startUs = sharedClockUs();
  const endUs = startUs + durationMs * 1000;
  const client = async (): Promise<void> => {
    while (sharedClockUs() < endUs) samples.push(await send(pool, exchange));
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  const elapsedMs = (sharedClockUs() - startUs) / 1000;
  await pool.close();
  return summary(samples, elapsedMs);
}

async function cancel({ target, stream, script, ids, leave }: CancelOrder): Promise<Cancels> {
  const pool = new Pool(new URL(target.url).origin, { connections: ids.length, pipelining: 1, headersTimeout: 0 });
  const one = async (id: string): Promise<[string, number]> => {
    const { leftUs } = await send(pool, exchangeOf(target, stream, { ...script, id }), leave);
    if (leftUs === undefined) throw new Error("an answer was complete before its client could leave");
    return [id, leftUs];
  };
  const left = await Promise.all(ids.map(one));
  await pool.destroy();
  return Object.fromEntries(left);
}

function exchangeOf({ url, key, model }: Target, stream: boolean, script: Script): Exchange {
  return {
    path: `${new URL(url).pathname.replace(/\/$/, "")}/chat/completions`,
    headers: {
      "content-type": "application/json",
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: requestBody(model, stream, script),
  };
}

function summary(samples: readonly Sample[], elapsedMs: number): Load {
  const totals = samples.map(({ totalUs }) => totalUs);
  const lags = samples.flatMap(({ lagsUs }) => lagsUs);
  return {
    requests: samples.length,
    elapsedMs,
    p50: percentile(totals, 0.5),
    p99: percentile(totals, 0.99),
    firstByteP50: percentile(
      samples.map(({ firstByteUs }) => firstByteUs),
      0.5,
    ),
    chunks: lags.length,
    chunkP50: percentile(lags, 0.5),
    chunkP99: percentile(lags, 0.99),
  };
}
