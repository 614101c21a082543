/** `commonhold log …`: looks at the decision log, and checks all of it, without believing who wrote it. */
import { type Command, InvalidArgumentError } from "commander";
import { parseWitnessPeer, type WitnessPeer } from "../../governance/witness/client/peer.ts";
import type { LogFlags } from "../log/flags.ts";
import { digest, logKey, withLogFlags, witnessKey } from "../log/flags.ts";
import { type ListFlags, list } from "../log/list.ts";
import { type CheckProofFlags, checkProofFile, type ProveFlags, prove } from "../log/prove.ts";
import { replay } from "../log/replay.ts";
import { type RotateKeyFlags, rotateLogKey } from "../log/rotate-key.ts";
import { type VerifyFlags, verify } from "../log/verify.ts";
import { nonEmpty } from "../policy/flags.ts";
import { runVerb } from "../policy/run-verb.ts";

export function addLog(program: Command): void {
  const log = program.command("log").description("look at the decision log and check it");
  withLogFlags(
    log.command("verify").description("check every record, checkpoint and signature, and what witnesses hold"),
  )
    .option(
      "--witness <url>",
      'a witness to compare with, as URL or "URL KEY"; may be given several times',
      witness,
      [],
    )
    .option("--json", "for programs", false)
    .action((flags: VerifyFlags) => runVerb((around) => verify(flags, around)));
  withLogFlags(log.command("list").description("one line for each record"))
    .option("--json", "one JSON object a line", false)
    .action((flags: ListFlags) => runVerb((around) => list(flags, around)));
  withLogFlags(
    log
      .command("prove <record>")
      .description("write a proof that a record, by its index or its proposal, is in the log"),
  )
    .option("--out <file>", "where to write it; record-<index>.tlog-proof if left out", nonEmpty)
    .action((which: string, flags: ProveFlags) => runVerb((around) => prove(which, flags, around)));
  log
    .command("check-proof <file>")
    .description("check such a proof, without network and without the log")
    .option("--key <vkey>", "public key of the log, as you know it from elsewhere", logKey, [])
    .option("--witness-key <vkey>", "public key of a witness that should have cosigned", witnessKey, [])
    .option("--origin <name>", "name of the log; else what the proof says", nonEmpty)
    .action((file: string, flags: CheckProofFlags) => runVerb((around) => checkProofFile(file, flags, around)));
  withLogFlags(log.command("replay").description("recompute every verdict from the evidence and git")).action(
    (flags: LogFlags) => runVerb((around) => replay(flags, around)),
  );
  log
    .command("rotate-key")
    .description("give the log a new key, which the old one signs for; for who runs the governance service")
    .requiredOption("--state <dir>", "the folder of the governance service", nonEmpty)
    .option("--lost", "the old keys are gone: nobody but the new key will bear it out", false)
    .option("--genesis <digest>", "sha256:… of the first record, as you know it from elsewhere", digest)
    .option("--key <vkey>", "with --lost: a key that is trusted though one was lost before it", logKey, [])
    .action((flags: RotateKeyFlags) => runVerb((around) => rotateLogKey(flags, around)));
}

function witness(text: string, before: readonly WitnessPeer[]): readonly WitnessPeer[] {
  try {
    return [...before, parseWitnessPeer(text)];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
