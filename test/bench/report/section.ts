/** One benchmark's result as Markdown: when and on what, the tables, and what to know about this run. */
import type { Result } from "../benchmark.ts";
import { number } from "./format.ts";
import { renderTable } from "./table.ts";

export function renderSection(result: Result): string {
  const notes = result.notes.map((note) => `- ${note}`).join("\n");
  const parts = [circumstances(result), ...result.tables.map(renderTable), ...(notes === "" ? [] : [notes])];
  return parts.join("\n\n");
}

function circumstances({ machine, programs, startedAt, tookMs, loadBefore }: Result): string {
  const { cpu, cores, memoryBytes, system, node, commit } = machine;
  const others = Object.entries(programs).map(([name, version]) => `${name} ${version}`);
  const load = Number.isNaN(loadBefore) ? "" : `, load of the machine before it ${number(loadBefore)}`;
  return [
    `Measured ${startedAt.slice(0, 10)} at commit ${commit} in ${Math.round(tookMs / 1000)} s${load}.`,
    `${cores} × ${cpu}, ${Math.round(memoryBytes / 2 ** 30)} GiB, ${system}; ${[`Node ${node}`, ...others].join(", ")}.`,
  ].join("\n");
}
