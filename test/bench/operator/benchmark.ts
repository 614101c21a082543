import type { Bench, Findings } from "../benchmark.ts";
export async function benchOperator(_: Bench): Promise<Findings> {
  throw new Error("soon");
}
