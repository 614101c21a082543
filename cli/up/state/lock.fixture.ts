/** For lock.integration.test.ts: takes the lock of a directory, says whether it got it, and stays. */
import { lockState } from "./lock.ts";

try {
  lockState(process.argv[2] ?? "");
  process.stdout.write("held\n");
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
setInterval(() => {}, 60_000);
