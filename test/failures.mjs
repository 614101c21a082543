// What failed, in words, out of the runner's JSON report: said once more below everything else that a long run prints, so that whoever
// sees only its end knows the test, the file and the reason.
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** Of each message: the reason, and the first lines of where. */
const linesMax = 6;

/** One text for each failed test, for each file that could not be loaded, and for each error outside of all tests. */
export function failuresOf({ testResults = [] }, outside, root) {
  const tests = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((one) => one.status === "failed");
    if (failed.length > 0)
      return failed.map((one) => told(`${file} > ${one.fullName}`, one.failureMessages.join("\n")));
    return status === "failed" ? [told(file, message)] : [];
  });
  return [...tests, ...outside.map((stack) => told("an error outside of all tests", stack))];
}

function told(what, why = "") {
  const lines = stripVTControlCharacters(why)
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.includes("node_modules"));
  return [`✗ ${what}`, ...lines.slice(0, linesMax).map((line) => `    ${line.trim().slice(0, 300)}`)].join("\n");
}
