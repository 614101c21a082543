/** One request of the API as its handler sees it, and what it gives back. */
import type { Account } from "../state/accounts.ts";
import type { App } from "../state/apps.ts";
import { Refusal } from "../state/refusal.ts";
import type { Repository } from "../state/repository.ts";
import type { World } from "../state/world.ts";
import type { Caller } from "./caller.ts";
import type { Limits } from "./limits.ts";

export interface Call {
  readonly world: World;
  readonly limits: Limits;
  readonly caller: Caller;
  /** Of paths below a repository. */
  readonly repository: Repository;
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Path with numbers for names, as GitHub's own links have it. */
  readonly canonicalPath: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const gone: Answer = { status: 204 };

/** Who acts: a person, or the App's bot. */
export function actorOf({ caller }: Call): Account {
  if (caller.kind === "token") return caller.account;
  throw new Refusal(401, "Requires authentication");
}

/** Whose installation asks; undefined: a person does. */
export function appOf({ caller }: Call): App | undefined {
  return caller.kind === "token" ? caller.token.installation?.app : undefined;
}

export function numberIn(call: Call, name: string): number {
  return Number(call.path[name]);
}

const perPage = { default: 30, max: 100 };

/** The page that is asked for, with links to the others. `wrap` makes a body that is more than the list. */
export function paged<Item>(call: Call, items: readonly Item[], render: (item: Item) => unknown, wrap?: Wrap): Answer {
  const size = pageSize(call);
  const page = Math.max(1, Number(call.query.get("page") ?? 1));
  const last = Math.max(1, Math.ceil(items.length / size));
  const shown = items.slice((page - 1) * size, page * size).map(render);
  const link = linkHeader(call, [
    ["prev", page > 1 ? Math.min(page - 1, last) : undefined],
    ["next", page < last ? page + 1 : undefined],
    ["last", page < last ? last : undefined],
    ["first", page > 1 ? 1 : undefined],
  ]);
  return { status: 200, body: wrap ? wrap(shown, items.length) : shown, headers: link };
}

export type Wrap = (shown: readonly unknown[], total: number) => unknown;

export function pageSize(call: Call): number {
  return Math.min(perPage.max, Math.max(1, Number(call.query.get("per_page") ?? perPage.default)));
}

function linkHeader(call: Call, relations: readonly (readonly [string, number | undefined])[]): Record<string, string> {
  const links = relations.flatMap(([rel, page]) => {
    if (page === undefined) return [];
    return [`<${addressWith(call, { page: String(page) })}>; rel="${rel}"`];
  });
  return links.length === 0 ? {} : { link: links.join(", ") };
}

/** This request's address with other parameters. */
export function addressWith(call: Call, change: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(call.query);
  for (const [name, value] of Object.entries(change)) query.set(name, value);
  return `${call.world.origin}${call.canonicalPath}?${query.toString()}`;
}

/** Of what the caller names by branch, tag or commit. */
export async function commitNamed({ repository }: Call, name: string): Promise<string> {
  const oid =
    repository.refs.get(name) ??
    repository.refs.get(`refs/${name}`) ??
    repository.refs.get(`refs/heads/${name}`) ??
    repository.refs.get(`refs/tags/${name}`) ??
    name;
  const isThere = /^[0-9a-f]{7,40}$/.test(oid) && (await repository.store.exists(`${oid}^{commit}`));
  if (!isThere) throw new Refusal(422, `No commit found for SHA: ${name}`);
  return oid.length === 40 ? oid : ((await repository.store.commit(oid))?.oid ?? oid);
}
