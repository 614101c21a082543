/** Git over HTTP, with tokens as GitHub takes them: Basic, any name, the token as password. */
import { trialOf } from "../actions/pull-requests.ts";
import { afterPush, type RefMove } from "../actions/pushing.ts";
import { requireRole } from "../actions/roles.ts";
import { serveGit } from "../git/http-backend.ts";
import { notFound, Refusal } from "../state/refusal.ts";
import { fullName, type Repository } from "../state/repository.ts";
import type { World } from "../state/world.ts";
import { type Caller, callerOf, requirePermission } from "./caller.ts";
import type { Exchange } from "./exchange.ts";

const address = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/;

export function isGit(pathname: string): boolean {
  return address.test(pathname);
}

export async function answerGit(world: World, exchange: Exchange): Promise<void> {
  try {
    await serve(world, exchange);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, `the double broke: ${String(error)}`);
    exchange.request.resume();
    exchange.answer({ status: refusal.status, headers: refusal.headers, body: `${refusal.words}\n` });
  }
}

async function serve(world: World, exchange: Exchange): Promise<void> {
  const [, owner = "", name = "", rest = ""] = address.exec(exchange.url.pathname) ?? [];
  const service = exchange.url.searchParams.get("service") ?? rest.slice(1);
  const isPush = service === "git-receive-pack";
  const caller = identified(world, exchange);
  const repository = world.repositories.byName(owner, name);
  if (!repository) {
    const former = world.repositories.movedFrom(owner, name);
    if (!former) throw caller.kind === "nobody" ? challenge() : notFound();
    const location = `${world.origin}/${fullName(former)}.git${rest}${exchange.url.search}`;
    return exchange.answer({ status: 301, headers: { location }, body: "" });
  }
  permit(world, repository, caller, isPush);
  const user = caller.kind === "token" ? caller.account.login : "";
  const { request, response, url } = exchange;
  const git = { path: repository.store.path, rest, query: url.search.slice(1), user };
  if (rest === "/git-receive-pack" && caller.kind === "token") {
    await world.exclusively(() =>
      serveGit(request, response, git, async () => {
        await afterPush(world, repository, caller.account, await moved(repository));
      }),
    );
    return;
  }
  if (!isPush && rest === "/info/refs") await world.exclusively(() => keepTrials(world, repository));
  await serveGit(request, response, git);
}

function identified(world: World, exchange: Exchange): Caller {
  const authorization = exchange.header("authorization");
  // Git's server takes no other scheme.
  if (authorization !== undefined && !/^basic /i.test(authorization)) throw challenge();
  try {
    return callerOf(world, authorization);
  } catch (error) {
    throw error instanceof Refusal && error.status === 401 ? challenge() : error;
  }
}

function permit(world: World, repository: Repository, caller: Caller, isPush: boolean): void {
  if (caller.kind !== "token" && (isPush || repository.visibility === "private")) throw challenge();
  try {
    requirePermission(caller, repository, { anyOf: ["contents"], access: isPush ? "write" : "read" });
    if (isPush && caller.kind === "token") requireRole(world, repository, caller.account, "write");
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) throw new Refusal(404, "Repository not found.");
    const who = caller.kind === "token" ? caller.account.login : "nobody";
    throw new Refusal(403, `Permission to ${fullName(repository)}.git denied to ${who}.`);
  }
}

function challenge(): Refusal {
  return new Refusal(401, "Invalid username or token.", { headers: { "www-authenticate": 'Basic realm="GitHub"' } });
}

async function moved(repository: Repository): Promise<RefMove[]> {
  const now = await repository.store.refs();
  const names = new Set([...now.keys(), ...repository.refs.keys()]);
  return [...names].flatMap((ref): RefMove[] => {
    const [before, after] = [repository.refs.get(ref), now.get(ref)];
    return before === after ? [] : [{ ref, before, after }];
  });
}

/** Pull requests whose trial merge is made anew for one listing of refs; GitHub does it in the background. */
const trialsMax = 20;

async function keepTrials(world: World, repository: Repository): Promise<void> {
  const open = [...repository.pulls.values()].filter(({ state }) => state === "open");
  for (const pull of open.slice(-trialsMax)) await trialOf(world, pull);
}
