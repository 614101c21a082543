import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const rooms = ["operator", "api", "governance", "cli", "test"];

export interface Source {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** Every file of our rooms whose path ends so. */
export function sourcesLike(ending: RegExp): Source[] {
  return rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
      .map((file) => join(room, file))
      .filter((path) => ending.test(path))
      .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })),
  );
}
