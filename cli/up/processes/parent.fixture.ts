/** For leash.integration.test.ts: a process that starts programs on a leash, says so, and waits to be killed. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "./start.ts";

const script = process.argv[2] ?? "";
const child = await startProcess({
  name: "stubborn",
  command: "/bin/sh",
  args: ["-c", script],
  env: process.env,
  logPath: join(tmpdir(), `commonhold-test-${process.pid}-leash.log`),
});
process.stdout.write(`started ${child.pid}\n`);
await child.exited;
