/** Writes everything that is generated and committed; with `--check` it only compares, and names what differs. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generatedFiles } from "./files.ts";

const root = process.cwd();
const check = process.argv.includes("--check");
const stale: string[] = [];

for (const [path, content] of await generatedFiles()) {
  const file = join(root, path);
  const before = await readFile(file, "utf8").catch(() => undefined);
  if (before === content) continue;
  stale.push(path);
  if (check) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

if (check && stale.length > 0) {
  process.stderr.write(`out of date: ${stale.join(", ")}\nrun \`npm run generate\` and commit the result\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(
    stale.length > 0 ? `${check ? "checked" : "wrote"} ${stale.join(", ")}\n` : "everything is up to date\n",
  );
}
