/**
 * Names of files and folders that are one to some and two to others. `models/A.yaml` and `models/a.yaml` are two files to
 * git and one on most members' disks, where the second overwrites the first without a word.
 */
import { folded } from "../constitution/paths/fold.ts";
import type { Fault } from "./sift.ts";

export class Names {
  /** Folded name of every file, and of every folder with a slash behind it → as first written. */
  readonly #written = new Map<string, string>();

  /** Remembers the path; a fault where it, or a folder above it, was there before in another spelling. */
  fault(path: string): Fault | undefined {
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      const folder = path.slice(0, end);
      const form = formOf(folder);
      const before = this.#written.get(`${form}/`);
      if (before === undefined) this.#written.set(`${form}/`, `${folder}/`);
      else if (before !== `${folder}/`) return collision("its folder", before);
      const file = this.#written.get(form);
      if (file !== undefined) return collision("its folder", file);
    }
    const form = formOf(path);
    const before = this.#written.get(form) ?? this.#written.get(`${form}/`);
    this.#written.set(form, path);
    return before === undefined ? undefined : collision("it", before);
  }
}

/** Most names are their own folded form, and there are many. */
const plain = /^[a-z0-9/._-]*$/;

function formOf(name: string): string {
  return plain.test(name) ? name : folded(name);
}

function collision(what: string, other: string): Fault {
  return {
    reason: `${what} has the same name as ${other} where capital letters and widths do not count`,
    fix: "rename one of the two",
  };
}
