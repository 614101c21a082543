/**
 * A log of many records, put into a repository by one program: for tests and measurements of size. Of the commits only the last one
 * is really signed and of the checkpoints only the last one too, since only those signatures are looked at.
 */
import { execFileSync } from "node:child_process";
import { canonicalJson, type JsonValue } from "../../operator/tlog/canonical-json.ts";
import { type Checkpoint, formatCheckpoint } from "../../operator/tlog/checkpoint.ts";
import { signCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import { formatCommit, signedCommit } from "../git/objects/commit.ts";
import { type ObjectFormat, type ObjectType, objectFormat, oidOf } from "../git/objects/format.ts";
import { type NewObject, packOf } from "../git/objects/pack.ts";
import { formatTree } from "../git/objects/tree.ts";
import type { GitRepository, Oid } from "../git/repository.ts";
import { CheckedLog } from "./checked-log.ts";
import { evidenceOf, genesisRecord, logKey, origin, rejected, signer } from "./log-world.fixture.ts";
import { logRef } from "./remote-log.ts";

/** Every record but the first is a verdict with evidence. Gives the last commit; the ref points to it. */
export async function writeBigLog(repository: GitRepository, size: number): Promise<Oid> {
  const format = objectFormat("sha1") as ObjectFormat;
  const log = new CheckedLog();
  const objects: NewObject[] = [];
  const add = (type: ObjectType, bytes: Uint8Array): Oid => {
    objects.push({ type, bytes });
    return oidOf(type, bytes, format);
  };
  const unsigned = `\n— ${origin} ${Buffer.alloc(68).toString("base64")}\n`;
  const armored = await signer.sign(Buffer.from("another commit"));
  for (let index = 0; index < size; index++) {
    const isLast = index === size - 1;
    const { linked, head } = log.draft(index === 0 ? genesisRecord : rejected(index));
    const said: Checkpoint = { origin, ...head, extensions: [] };
    const checkpoint = Buffer.from(isLast ? signCheckpoint(said, [logKey]) : formatCheckpoint(said) + unsigned);
    const evidence = index === 0 ? undefined : Buffer.from(canonicalJson(evidenceOf(index) as unknown as JsonValue));
    const files = { checkpoint, ...(evidence && { "evidence.json": evidence }), "record.json": linked.bytes };
    const entries = Object.entries(files).map(([name, bytes]) => ({ mode: "100644", name, oid: add("blob", bytes) }));
    const parents = log.commits.slice(-1);
    const tree = add("tree", formatTree(entries));
    const payload = formatCommit({ tree, parents, message: `record ${index}`, at: genesisRecord.at });
    const commit = add("commit", signedCommit(payload, isLast ? await signer.sign(payload) : armored, format));
    const stored = evidence && { oid: oidOf("blob", evidence, format), bytes: evidence };
    log.take({ index, commit, record: linked.bytes, checkpoint, ...(stored && { evidence: stored }) });
  }
  execFileSync("git", ["-C", repository.path, "index-pack", "--stdin"], {
    input: packOf(objects, format),
    stdio: "pipe",
  });
  const tip = log.commits.at(-1) as Oid;
  await repository.updateRef(logRef, tip, null);
  return tip;
}
