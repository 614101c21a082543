/**
 * From a request to the first byte of its answer: wait for a place, ask that host, and when it cannot answer ask another one. Nothing
 * has reached the client until this resolves, so trying again is invisible to it; afterwards nothing is ever retried.
 */
import { GatewayError, gatewayError } from "../errors.ts";
import type { InferenceRequest, InferenceRoute } from "../protocols/protocol.ts";
import { upstreamBody } from "../protocols/request.ts";
import { type Answer, ask, type Question } from "../upstreams/ask.ts";
import { HostFailure } from "../upstreams/failure.ts";
import type { BusyWhy, Turn } from "../upstreams/turns.ts";
import type { ActiveRequest } from "./active.ts";
import type { Facts } from "./facts.ts";
import type { Gateway } from "./gateway.ts";
import { type Place, pickPlace, type Wanted } from "./place.ts";

export interface Obtained {
  readonly answer: Answer;
  readonly host: string;
  /** Gives the place on the host back; when the answer has ended, however it ended. */
  release(): void;
}

export interface ObtainOptions {
  readonly route: InferenceRoute;
  readonly request: InferenceRequest;
  /** `namespace/name` */
  readonly deployment: string;
  readonly member: string;
  readonly active: ActiveRequest;
  readonly facts: Facts;
}

/** A host that answered 5xx may have been broken by the request itself: at most one other host meets it. */
const failedMax = 2;
/**
 * When no host is left and one took no connection, it is met once more after this: a pod that is replaced, or a name server that is
 * overrun, is back in a moment. Once, so that one request alone opens no circuit (api/routing/breaker.ts).
 */
const meetAgainAfterMs = 500;

/** Throws a `GatewayError`, or the signal's reason at once when it aborts. */
export async function obtainAnswer(gateway: Gateway, options: ObtainOptions): Promise<Obtained> {
  const { deployment, member, request, facts } = options;
  const tried: Tried = { failures: new Map(), metAgain: false };
  const { failures } = tried;
  const wanted: Wanted = { deployment, asked: request.model, member, failures };
  for (;;) {
    const turn = await takeTurn(gateway, wanted, options.active.signal, facts).catch(async (error: unknown) => {
      if (!mayMeetAgain(tried, error)) throw error;
      await gateway.clock.sleep(meetAgainAfterMs, options.active.signal);
    });
    if (!turn) continue;
    const { host } = turn.place;
    try {
      return { answer: await askPlace(gateway, turn, options), host, release: turn.release };
    } catch (error) {
      const failure = isTimeout(error) ? new HostFailure("timeout", error.message, { cause: error }) : error;
      // Noted before the place is free: who waits for it must not run into the same wall.
      if (failure instanceof HostFailure) noteFailure(gateway, turn.place, failure);
      turn.release();
      if (!(error instanceof HostFailure)) throw error;
      failures.set(host, error);
      if (givenUp(gateway, failures)) throw failedError(request.model, failures);
    }
  }
}

interface Tried {
  readonly failures: Map<string, HostFailure>;
  metAgain: boolean;
}

/** Notes that it is done, and forgets what spoke against them. A circuit that opened meanwhile still says no. */
function mayMeetAgain(tried: Tried, error: unknown): boolean {
  const noneLeft = error instanceof GatewayError && error.code === "hosts_failed";
  const unmet = [...tried.failures].filter(([, failure]) => failure.unmet);
  if (!noneLeft || tried.metAgain || unmet.length === 0) return false;
  tried.metAgain = true;
  for (const [host] of unmet) tried.failures.delete(host);
  return true;
}

async function takeTurn(gateway: Gateway, wanted: Wanted, signal: AbortSignal, facts: Facts): Promise<Turn<Place>> {
  const { turns, settings, clock } = gateway;
  const since = clock.now();
  facts.phase = "queued";
  const turn = await turns.take<Place>({
    deployment: wanted.deployment,
    pick: () => pickPlace(gateway, wanted),
    again: wanted.failures.size > 0,
    waitingMax: (capacity) => capacity * settings.queuePerPlaceMax,
    timeoutMs: settings.queueTimeoutMs,
    signal,
    busy: (why, retryAfterS) => {
      const detail = busyWords(why);
      return gatewayError("all_hosts_busy", { model: wanted.asked, detail, retryAfterS }, { retryAfterS });
    },
  });
  facts.queuedMs = (facts.queuedMs ?? 0) + clock.now() - since;
  return turn;
}

function busyWords(why: BusyWhy): string {
  if ("waitedMs" in why) return `no place was free for ${Math.round(why.waitedMs / 1000)} s`;
  return why.waiting === 0 ? "no queue is kept" : `${why.waiting} wait already`;
}

async function askPlace(gateway: Gateway, turn: Turn<Place>, options: ObtainOptions): Promise<Answer> {
  const { clock, observed, settings, upstreams } = gateway;
  const { route, request, facts, active } = options;
  const { host, model, candidate } = turn.place;
  facts.phase = "before_first_byte";
  facts.host = host;
  const upstream = await upstreams.of(candidate.host);
  facts.attempts++;
  observed.started(host);
  const since = clock.now();
  const question: Question = {
    path: route.upstreamPath,
    body: upstreamBody(request, model, route.defaults?.(turn.place.parameters)),
    asked: request.model,
    served: model,
    requestId: facts.requestId,
    firstByteTimeoutMs: settings.firstByteTimeoutMs,
    signal: active.signal,
    abort: active.abort,
  };
  const answer = await ask(upstream, question, clock).catch((error: unknown) => {
    if (active.signal.aborted) observed.abandoned(host, model, clock.now() - since);
    throw error;
  });
  // An answer in one piece takes as long as it is long: that says nothing about how fast a host begins.
  if (request.stream) observed.answered(host, model, clock.now() - since);
  else observed.answered(host, model, observed.firstByteMs(host, model));
  return answer;
}

/** Not asked again elsewhere: another host would take as long, and the client has waited enough. */
function isTimeout(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.code === "first_byte_timeout";
}

function noteFailure({ observed, metrics, logger }: Gateway, { host, model }: Place, failure: HostFailure): void {
  observed.failed(host, model, failure.countsAgainstHost);
  metrics.count("hostErrors", { host, reason: failure.reason });
  logger.warn({ host, reason: failure.reason, words: failure.message }, "a host could not answer");
}

function givenUp({ settings }: Gateway, failures: ReadonlyMap<string, HostFailure>): boolean {
  const asked = [...failures.values()].filter((failure) => failure.asked);
  const failed = asked.filter(({ reason }) => reason === "failed").length;
  return asked.length >= settings.attemptsMax || failed >= failedMax;
}

function failedError(model: string, failures: ReadonlyMap<string, HostFailure>): Error {
  const reasons = [...failures].map(([host, { message }]) => `${host} ${message}`).join("; ");
  return gatewayError("hosts_failed", { model, reasons }, { cause: [...failures.values()].at(-1) });
}
