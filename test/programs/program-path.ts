import { type BinaryName, ensureBinary } from "../../cli/up/binaries/ensure.ts";
import { systemClock } from "../../operator/clock/system.ts";

/** Of a program that the tests run against; found, downloaded or built as everywhere else. */
export async function programPath(name: BinaryName): Promise<string> {
  return (await ensureBinary(name, { env: process.env, onProgress: () => {}, clock: systemClock })).path;
}
