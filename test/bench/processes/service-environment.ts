/** What our own services see of the environment when they are measured: as little as under `npm start`. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Bench } from "../benchmark.ts";

export function serviceEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "TZ", "LANG"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Makes a service write a CPU profile when it ends, if the person asked for profiles. It costs some speed. */
export function profiled({ profiles, compiled }: Bench, name: string): Record<string, string> {
  if (profiles === undefined) return {};
  return {
    NODE_OPTIONS: `--import=${pathToFileURL(join(compiled, "processes/profile.js")).href}`,
    COMMONHOLD_BENCH_PROFILE: join(profiles, `${name}.cpuprofile`),
  };
}
