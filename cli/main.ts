import { Command } from "commander";
import { addBinaries } from "./verbs/binaries.ts";
import { addDoctor } from "./verbs/doctor-command.ts";
import { addUp } from "./verbs/up.ts";

const program = new Command("commonhold")
  .description("AI that a community owns: members' machines, models chosen by merged pull requests, one endpoint.")
  .showHelpAfterError("(run `commonhold help` to see what there is)");

addUp(program);
addDoctor(program);
addBinaries(program);

await program.parseAsync();
