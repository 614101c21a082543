/** One file while it is read: what is found wrong with it, each with its place. */
import { type Path, type Places, shownPath } from "../constitution/documents/places.ts";
import type { Problem } from "../constitution/documents/problem.ts";

export class Reading {
  readonly file: string;
  readonly places: Places;
  readonly namespaces: readonly string[];
  readonly problems: Problem[] = [];

  constructor(file: string, places: Places, namespaces: readonly string[]) {
    this.file = file;
    this.places = places;
    this.namespaces = namespaces;
  }

  /** At the value of `path`, or what is nearest to where it should be. */
  report(path: Path, reason: string, fix: string): void {
    this.problems.push({ file: this.file, ...this.places.ofValue(path), path: shownPath(path), reason, fix });
  }

  /** At the name of the field. */
  reportKey(path: Path, reason: string, fix: string): void {
    this.problems.push({ file: this.file, ...this.places.ofKey(path), path: shownPath(path), reason, fix });
  }
}
