/** Repositories, their refs and their activity. */
import { afterPush, pushCommit } from "../../actions/pushing.ts";
import { requireRole, roleIn } from "../../actions/roles.ts";
import { activity, gitRef } from "../../render/reports.ts";
import { fullRepository } from "../../render/repository.ts";
import { notFound, Refusal } from "../../state/refusal.ts";
import type { Activity } from "../../state/repository.ts";
import { type Answer, actorOf, addressWith, type Call, created, gone, ok, pageSize } from "../call.ts";

export function getRepository({ world, repository, caller }: Call): Answer {
  const body = fullRepository(world, repository);
  if (caller.kind !== "token") return ok(body);
  const role = roleIn(world, repository, caller.account);
  const atLeast = (...roles: string[]): boolean => role !== undefined && roles.includes(role);
  const push = atLeast("write", "admin");
  const permissions = { admin: atLeast("admin"), maintain: atLeast("admin"), push, triage: push, pull: true };
  return ok({ ...body, permissions });
}

/** Newest first, by cursors: there are no page numbers. */
export function listActivity(call: Call): Answer {
  const { world, repository, query } = call;
  const ref = query.get("ref");
  const wanted = ref === null ? undefined : ref.startsWith("refs/") ? ref : `refs/heads/${ref}`;
  const type = query.get("activity_type");
  const actor = query.get("actor");
  const oldestFirst = repository.activity.filter(
    (one) =>
      (wanted === undefined || one.ref === wanted) &&
      (type === null || one.type === type) &&
      (actor === null || one.actor.login === actor),
  );
  const all = query.get("direction") === "asc" ? oldestFirst : [...oldestFirst].reverse();
  const after = query.get("after");
  const start = after === null ? 0 : all.findIndex((one) => cursor(one) === after) + 1;
  const shown = all.slice(start, start + pageSize(call));
  const last = shown.at(-1);
  const more = last !== undefined && start + shown.length < all.length;
  const link = more ? { link: `<${addressWith(call, { after: cursor(last) })}>; rel="next"` } : {};
  return { status: 200, body: shown.map((one) => activity(world, one)), headers: link };
}

function cursor({ id }: Activity): string {
  return Buffer.from(`activity ${id}`).toString("base64url");
}

export async function getRef(call: Call): Promise<Answer> {
  const ref = `refs/${call.path["ref"]}`;
  const oid = call.repository.refs.get(ref);
  if (oid === undefined) throw notFound();
  return ok(await rendered(call, ref, oid));
}

export async function createRef(call: Call): Promise<Answer> {
  const { world, repository, body } = call;
  const ref = String(body["ref"]);
  const oid = String(body["sha"]);
  requireRole(world, repository, actorOf(call), "write");
  if (!/^refs\/[^/]+\/./.test(ref)) {
    throw new Refusal(422, "Reference name must start with 'refs/' and have at least two slashes.");
  }
  if (ref.startsWith("refs/pull/")) throw new Refusal(422, "Reference cannot be created");
  if (repository.refs.has(ref)) throw new Refusal(422, "Reference already exists");
  if (!/^[0-9a-f]{40}$/.test(oid) || !(await repository.store.exists(oid))) {
    throw new Refusal(422, "Object does not exist");
  }
  await pushCommit(world, repository, actorOf(call), { ref, oid });
  return created(await rendered(call, ref, oid));
}

export async function updateRef(call: Call): Promise<Answer> {
  const { world, repository, body } = call;
  const ref = `refs/${call.path["ref"]}`;
  const oid = String(body["sha"]);
  if (!repository.refs.has(ref)) throw new Refusal(422, "Reference does not exist");
  if (!(await repository.store.exists(oid))) throw new Refusal(422, "Object does not exist");
  await pushCommit(world, repository, actorOf(call), { ref, oid, force: body["force"] === true });
  return ok(await rendered(call, ref, oid));
}

export async function deleteRef(call: Call): Promise<Answer> {
  const { world, repository } = call;
  const ref = `refs/${call.path["ref"]}`;
  const before = repository.refs.get(ref);
  requireRole(world, repository, actorOf(call), "write");
  if (before === undefined) throw new Refusal(422, "Reference does not exist");
  await repository.store.updateRefs([[ref, undefined]]);
  await afterPush(world, repository, actorOf(call), [{ ref, before, after: undefined }]);
  return gone;
}

async function rendered({ world, repository }: Call, ref: string, oid: string): Promise<unknown> {
  return gitRef(world, repository, ref, oid, await repository.store.typeOf(oid));
}
