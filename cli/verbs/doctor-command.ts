import type { Command } from "commander";
import { doctor } from "./doctor.ts";

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("print what is there, what is missing, and what to do about it")
    .action(async () => {
      process.exitCode = await doctor(process.stdout, process.env);
    });
}
