/**
 * Loaded into a service by `--import`: profiles it from its start, and writes the profile when the service exits, in the form that the
 * browser's developer tools and `speedscope` read. `--cpu-prof` does the same but is not allowed in NODE_OPTIONS.
 */
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";

const path = process.env["COMMONHOLD_BENCH_PROFILE"];
const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.start");
process.on("exit", () => {
  // In the session's own thread the answer comes before `post` returns.
  session.post("Profiler.stop", (error, result) => {
    if (!error && path) writeFileSync(path, JSON.stringify(result.profile));
  });
});
