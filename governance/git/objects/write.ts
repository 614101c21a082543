/** Writes objects through git, which checks each of them and that what it names is there. */
import { type Gate, gate, within } from "../program/gate.ts";
import type { GitProgram } from "../program/program.ts";
import type { Call, Oid } from "../repository.ts";
import { type ObjectFormat, oidOf } from "./format.ts";
import { type NewObject, packOf } from "./pack.ts";

export interface ObjectWriter {
  /** Their names in the same order, once all are durable. Writing what is there already does nothing. */
  write(objects: readonly NewObject[], call?: Call): Promise<readonly Oid[]>;
}

export function objectWriter(git: GitProgram, format: ObjectFormat, receiving: Gate = gate(1)): ObjectWriter {
  return {
    write: async (objects, { signal } = {}) => {
      const byOid = new Map(objects.map((object) => [oidOf(object.type, object.bytes, format), object]));
      if (byOid.size > 0) {
        const run = { input: packOf([...byOid.values()], format), signal };
        if (byOid.size <= looseMax) await git.run(asLooseObjects, run);
        else await within(receiving, signal, () => git.run(asPack, run));
      }
      return objects.map(({ type, bytes }) => oidOf(type, bytes, format));
    },
  };
}

/** More objects than so many stay together in one file, as git itself does on receiving. */
const looseMax = 100;
const asLooseObjects = ["unpack-objects", "-q", "--strict"];
const asPack = ["index-pack", "--stdin", "--strict", "--fix-thin"];
