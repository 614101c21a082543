/** Which commits a log has, the first one first, and where it breaks off if an object of it cannot be read. */
import { parseCheckpoint } from "../../operator/tlog/checkpoint.ts";
import { parseNote } from "../../operator/tlog/note/signed-note.ts";
import { type Call, GitError, type GitRepository, type Oid } from "../git/repository.ts";
import { checkpointFile } from "./entry.ts";
import { LogError } from "./log-error.ts";

/** Throws a `LogError` (`damaged`) that names the record whose commit cannot be read. */
export async function historyOf(repository: GitRepository, tip: Oid, call: Call = {}): Promise<readonly Oid[]> {
  try {
    const commits = await repository.firstParents(undefined, tip, call);
    if (commits && commits.length > 0) return commits;
    throw new LogError("damaged", `the log's last commit ${tip} is missing`);
  } catch (error) {
    if (!(error instanceof GitError) || error.isTransient || error.code === "unusable") throw error;
    throw await breakOf(repository, tip, error, call);
  }
}

/** Goes back commit by commit until one cannot be read. Its place is known from the size that the last checkpoint gives. */
async function breakOf(repository: GitRepository, tip: Oid, cause: GitError, call: Call): Promise<LogError> {
  const size = await claimedSize(repository, tip, call);
  let at: Oid = tip;
  for (let back = 0; back <= size; back++) {
    const parent = await parentOf(repository, at, call);
    if (parent === "unreadable") {
      if (at === tip)
        return new LogError("damaged", `the commit of the last record, ${tip}, cannot be read`, { cause });
      return new LogError("damaged", `its commit ${at} cannot be read`, { index: size - 1 - back, cause });
    }
    if (parent === undefined) break;
    at = parent;
  }
  return new LogError("damaged", `the history of ${tip} cannot be read`, { cause });
}

async function claimedSize(repository: GitRepository, tip: Oid, call: Call): Promise<number> {
  try {
    const note = await repository.file(tip, checkpointFile, call);
    return note ? parseCheckpoint(parseNote(note).text).size : 0;
  } catch {
    return 0; // it cannot be read either: then the last commit is the one to name
  }
}

async function parentOf(repository: GitRepository, oid: Oid, call: Call): Promise<Oid | "unreadable" | undefined> {
  try {
    const commit = await repository.commit(oid, call);
    return commit ? commit.parents[0] : "unreadable";
  } catch {
    return "unreadable"; // whatever git says of it
  }
}
