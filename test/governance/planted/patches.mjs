// The planted bugs. Each is a unified diff against the sources, below two lines: what it breaks, in a sentence, and the tests that find it.
//
//   # An old head's ballots count.
//   # tests: governance/constitution/cases/attacks.test.ts -t "for another head"
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;
const heading = /^# (?<sentence>\S.*\.)\n# tests: (?<tests>[^"\n]+?)(?: -t "(?<title>[^"\n]+)")?\n(?=diff --git )/;

/** Throws an Error that names the file whose heading is not as it should be. */
export function readPatches() {
  const names = readdirSync(folder).filter((name) => name.endsWith(".patch"));
  return names.toSorted().map((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const { sentence, tests, title } = heading.exec(text)?.groups ?? {};
    if (!sentence || !tests) {
      throw new Error(`${name}: begin with "# a sentence." and "# tests: files", then the output of git diff`);
    }
    const files = [...text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file]) => file);
    return { name, text, sentence, tests: tests.split(" "), title, files };
  });
}
