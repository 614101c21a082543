// `npm run bench [-- NAME…]`: compiles the product as `npm start` does, then the benchmarks beside it (`dist` holds the product alone),
// and runs them in this very process, so that Ctrl-C reaches them.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { prepare, root } from "../../cli/prepare.mjs";

prepare();
const output = join(root, "node_modules/.cache/commonhold-bench");
const tsc = [join(root, "node_modules/typescript/bin/tsc"), "-p", join(root, "test/bench/tsconfig.json")];
const { status } = spawnSync(process.execPath, tsc, { cwd: root, stdio: ["ignore", 2, 2] });
if (status !== 0) {
  process.stderr.write("bench: the benchmarks do not compile; the lines above say where\n");
  process.exit(1);
}
mkdirSync(output, { recursive: true });
writeFileSync(join(output, "package.json"), '{"type":"module"}\n');
await import(pathToFileURL(join(output, "test/bench/main.js")).href);
