import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { addBinaries } from "./verbs/binaries.ts";
import { addDoctor } from "./verbs/doctor-command.ts";
import { addUp } from "./verbs/up.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
  version: string;
};

const program = new Command("commonhold")
  .version(version)
  .description("AI that a community owns: members' machines, models chosen by merged pull requests, one endpoint.")
  .showHelpAfterError("(run `commonhold help` to see what there is)");

addUp(program);
addDoctor(program);
addBinaries(program);

await program.parseAsync();
