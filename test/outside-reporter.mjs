// A reporter of vitest's that keeps what its JSON report leaves out: errors outside of all tests, which fail a run in which every test passed.
import { writeFileSync } from "node:fs";

export default class OutsideReporter {
  onTestRunEnd(_, errors) {
    const { COMMONHOLD_TEST_OUTSIDE: path } = process.env;
    if (path) writeFileSync(path, JSON.stringify(errors.map(({ message, stack }) => stack || message || "no words")));
  }
}
