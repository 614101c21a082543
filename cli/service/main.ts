/** What the image starts: `operator`, `gateway`, `governance`, `registry-filler` or `witness`, in this very process, so that signals reach it. */
import { entryOf } from "./entry.ts";

const entry = entryOf(process.argv.slice(2));
if (entry.start) await entry.start();
else {
  process.stderr.write(`commonhold: ${entry.refusal}\n`);
  process.exitCode = 64; // EX_USAGE of sysexits(3)
}
