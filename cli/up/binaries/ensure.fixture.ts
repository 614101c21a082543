/** For ensure.integration.test.ts: a run of its own that wants one binary. Prints what it is at, then where it is. */
import { systemClock } from "../../../operator/clock/system.ts";
import { type BinaryName, ensureBinary } from "./ensure.ts";

const [name, path, cache, github = ""] = process.argv.slice(2);
const found = await ensureBinary(name as BinaryName, {
  env: {
    ...(process.env["COMMONHOLD_TEST_MARK"] ? { COMMONHOLD_TEST_MARK: process.env["COMMONHOLD_TEST_MARK"] } : {}),
    PATH: path,
    XDG_CACHE_HOME: cache,
    HOME: cache,
    ...(github ? {} : { COMMONHOLD_OFFLINE: "1" }),
  },
  clock: systemClock,
  origins: { github, kubernetes: github },
  platform: { os: "linux", arch: "x64" },
  freeBytes: async () => 2 ** 40,
  onProgress: ({ phase, message }) => process.stdout.write(`${phase}: ${message}\n`),
});
process.stdout.write(`found ${JSON.stringify(found)}\n`);
