/** `commonhold` with all its verbs. Nothing is asked or done before it parses. */
import { Command } from "commander";
import { addBackup } from "./verbs/backup.ts";
import { addBinaries } from "./verbs/binaries.ts";
import { addBundle } from "./verbs/bundle.ts";
import { addClose } from "./verbs/close.ts";
import { addDoctor } from "./verbs/doctor-command.ts";
import { addInit } from "./verbs/init.ts";
import { addInvite } from "./verbs/invite.ts";
import { addKey } from "./verbs/key.ts";
import { addLog } from "./verbs/log.ts";
import { addMerge } from "./verbs/merge.ts";
import { addPropose } from "./verbs/propose.ts";
import { addRotateKey } from "./verbs/rotate-key.ts";
import { addStatus } from "./verbs/status.ts";
import { addSupportBundle } from "./verbs/support-bundle.ts";
import { addUp } from "./verbs/up.ts";
import { addVote } from "./verbs/vote.ts";
import { addWitness } from "./verbs/witness.ts";

export function commonhold(version: string): Command {
  const program = new Command("commonhold")
    .version(version)
    .description("AI that a community owns: members' machines, models chosen by merged pull requests, one endpoint.")
    .showHelpAfterError("(run `commonhold help` to see what there is)");
  addUp(program);
  addDoctor(program);
  addBackup(program);
  addBundle(program);
  addSupportBundle(program);
  addBinaries(program);
  addInit(program);
  addPropose(program);
  addVote(program);
  addStatus(program);
  addMerge(program);
  addClose(program);
  addInvite(program);
  addRotateKey(program);
  addKey(program);
  addLog(program);
  addWitness(program);
  return program;
}
