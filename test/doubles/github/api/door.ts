/** From a request to its answer: who asks, how often, what for, whether they may; and the answer held to GitHub's description. */
import { createHash, randomUUID } from "node:crypto";
import { checkAnswer, checkRequest, documentationOf } from "../openapi/validate.ts";
import { documentationUrl } from "../render/urls.ts";
import { notFound, Refusal } from "../state/refusal.ts";
import type { Repository } from "../state/repository.ts";
import type { World } from "../state/world.ts";
import type { Answer, Call } from "./call.ts";
import { type Caller, callerOf, requirePermission } from "./caller.ts";
import type { Exchange, Wire } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import { type Found, routeFor } from "./router.ts";

export interface Door {
  readonly world: World;
  readonly limits: Limits;
  /** What did not fit GitHub's description, in sentences: the double's own answers, and its clients' requests. */
  readonly mismatches: string[];
  readonly misuses: string[];
  /** What was last told to whom at which address. */
  readonly told: Map<string, Wire>;
}

export async function answerApi(door: Door, exchange: Exchange): Promise<void> {
  const { world, limits } = door;
  let caller: Caller = { kind: "nobody" };
  let answer: Answer;
  let found: Found | undefined;
  try {
    const body = await exchange.body();
    if (!exchange.header("user-agent")) throw new Refusal(403, "Request forbidden by administrative rules.");
    caller = callerOf(world, exchange.header("authorization"));
    const isFree = exchange.url.pathname === "/rate_limit";
    if (!isFree) limit(door, exchange, caller);
    const old = exchange.fault?.kind === "stale" ? door.told.get(addressFor(exchange)) : undefined;
    if (old) return exchange.answer(old);
    const place = placeOf(world, exchange.url.pathname);
    if (place.moved) answer = movedTo(world, exchange, caller, place.moved);
    else {
      found = routeFor(exchange.method, place.path);
      if (!found) throw unknownOperation(door, exchange);
      answer = await handle(door, exchange, { found, caller, place, body });
    }
  } catch (error) {
    answer = refusalAnswer(error, found);
  }
  if (found) door.mismatches.push(...checkAnswer(found.operation, answer.status, answer.body));
  const wire = wireOf(exchange, answer, acceptedPermissions(found));
  if (wire.status !== 304 && exchange.url.pathname !== "/rate_limit") limits.count(caller);
  const headers = { ...wire.headers, ...limits.headers(caller), date: new Date(world.clock.now()).toUTCString() };
  if (wire.status === 200) door.told.set(addressFor(exchange), { ...wire, headers });
  exchange.answer({ ...wire, headers });
}

/** Not found would be an answer that a client believes: so the test is told. */
function unknownOperation({ misuses }: Door, { method, url }: Exchange): Refusal {
  misuses.push(`the double has no ${method} ${url.pathname}: add it to openapi/operations.ts and api/router.ts`);
  return notFound();
}

function limit({ limits }: Door, { fault, method }: Exchange, caller: Caller): void {
  if (fault?.kind === "primary-limit") {
    limits.exhaust(caller);
    throw limits.primary(fault.status);
  }
  if (fault?.kind === "secondary-limit") throw limits.secondary(fault);
  limits.check(caller, method);
}

function addressFor(exchange: Exchange): string {
  const { method, url } = exchange;
  return `${method} ${url.pathname}${url.search} ${exchange.header("authorization") ?? ""}`;
}

interface Place {
  /** With names in it, whichever way it was asked for. */
  readonly path: string;
  readonly repository?: Repository | undefined;
  /** The repository has another name now. */
  readonly moved?: { readonly repository: Repository; readonly rest: string };
}

function placeOf(world: World, pathname: string): Place {
  const [, first, second = "", third = "", ...more] = pathname.split("/");
  if (first === "repositories") {
    const repository = world.repositories.byId(Number(second));
    if (!repository) throw notFound();
    const rest = [third, ...more].filter((part) => part !== "");
    return { path: ["/repos", "owner", "name", ...rest].join("/"), repository };
  }
  if (first !== "repos") return { path: pathname };
  const [owner, name] = [decodeURIComponent(second), decodeURIComponent(third)];
  const repository = world.repositories.byName(owner, name);
  if (repository) return { path: pathname, repository };
  const former = world.repositories.movedFrom(owner, name);
  const rest = more.length === 0 ? "" : `/${more.join("/")}`;
  return former ? { path: pathname, moved: { repository: former, rest } } : { path: pathname };
}

/** Not told to who may not read it. */
function movedTo(
  world: World,
  { url, method }: Exchange,
  caller: Caller,
  { repository, rest }: { repository: Repository; rest: string },
): Answer {
  if (caller.kind !== "app") requirePermission(caller, repository, { anyOf: ["metadata"], access: "read" });
  const location = `${world.origin}/repositories/${repository.id}${rest}${url.search}`;
  const isRead = method === "GET" || method === "HEAD";
  const message = isRead ? "Moved Permanently" : "Temporary Redirect";
  const body = { message, url: location, documentation_url: documentationUrl };
  return { status: isRead ? 301 : 307, body, headers: { location } };
}

async function handle(
  door: Door,
  exchange: Exchange,
  { found, caller, place, body }: { found: Found; caller: Caller; place: Place; body: string },
): Promise<Answer> {
  const { route, operation, path } = found;
  const { repository } = place;
  if (operation.includes("{owner}") && !repository) throw notFound();
  if (route.needed && repository) requirePermission(caller, repository, route.needed);
  const parsed = parse(body);
  const misuses = checkRequest(operation, { path, query: exchange.url.searchParams, body: parsed });
  door.misuses.push(...misuses);
  if (misuses.length > 0) throw new Refusal(422, `Invalid request.\n\n${misuses.join("\n")}`);
  const call: Call = {
    world: door.world,
    limits: door.limits,
    caller,
    repository: repository as Repository,
    path,
    query: exchange.url.searchParams,
    body: parsed as Record<string, unknown>,
    canonicalPath: canonical(exchange.url.pathname, repository),
  };
  return door.world.exclusively(async () => route.handler(call));
}

function parse(body: string): unknown {
  if (body === "") return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, "Problems parsing JSON");
  }
}

function canonical(pathname: string, repository: Repository | undefined): string {
  if (!repository) return pathname;
  return pathname.replace(/^\/repos\/[^/]+\/[^/]+/, `/repositories/${repository.id}`);
}

/** A mistake of the double is no refusal of GitHub's: it says what went wrong. */
function refusalAnswer(error: unknown, found: Found | undefined): Answer {
  const documentation = found ? documentationOf(found.operation) : documentationUrl;
  if (!(error instanceof Refusal)) {
    const message = `the double broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    return { status: 500, body: { message, documentation_url: documentation, status: "500" } };
  }
  const { status, words, errors, headers } = error;
  const body = { message: words, ...(errors && { errors }), documentation_url: documentation, status: String(status) };
  return { status, body, headers };
}

function acceptedPermissions(found: Found | undefined): Record<string, string> {
  const needed = found?.route.needed;
  if (!needed) return {};
  return { "x-accepted-github-permissions": needed.anyOf.map((name) => `${name}=${needed.access}`).join("; ") };
}

function wireOf(exchange: Exchange, answer: Answer, more: Readonly<Record<string, string>>): Wire {
  const body = answer.body === undefined ? "" : JSON.stringify(answer.body);
  const headers: Record<string, string> = {
    ...(body !== "" && { "content-type": "application/json; charset=utf-8" }),
    "x-github-request-id": randomUUID(),
    "x-github-media-type": "github.v3; format=json",
    "x-github-api-version-selected": "2022-11-28",
    vary: "Accept, Authorization, Cookie, X-GitHub-OTP",
    ...more,
    ...answer.headers,
  };
  if (answer.status !== 200 || exchange.method !== "GET") return { status: answer.status, headers, body };
  const etag = etagOf(exchange, body);
  const known = exchange.header("if-none-match")?.split(/,\s*/) ?? [];
  const cached = { ...headers, etag, "cache-control": "private, max-age=60, s-maxage=60" };
  return known.includes(etag) ? { status: 304, headers: cached, body: "" } : { status: 200, headers: cached, body };
}

/** GitHub's tag depends on who asks, too: a new token gets a whole answer. */
function etagOf(exchange: Exchange, body: string): string {
  const parts = [exchange.header("authorization"), exchange.header("accept"), body];
  return `W/"${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}"`;
}
