/** `commonhold witness`: lends the community a second pair of eyes, which no rewritten history gets past. */
import type { Command } from "commander";
import { logKey } from "../log/flags.ts";
import { showWitnessKey, type WitnessFlags, type WitnessKeyFlags, witness } from "../log/witness.ts";
import { nonEmpty } from "../policy/flags.ts";
import { runVerb } from "../policy/run-verb.ts";

const stateDefault = ".commonhold-witness";

export function addWitness(program: Command): void {
  const verb = program
    .command("witness")
    .description("cosign the decision log as long as it only grows; runs until it is stopped")
    .option("--state <dir>", "where its key is, and what it signed", nonEmpty, stateDefault)
    .option("--name <name>", "its name, for example ada.example/witness; needed once, when its key is made", nonEmpty)
    .option("--origin <name>", "name of the log; commonhold log verify shows this and the next two", nonEmpty)
    .option("--log-key <vkey>", "public key of the log; two while it changes them", logKey, [])
    .option("--genesis <hash>", "leaf hash of the log's first record, in base 64", nonEmpty)
    .option("--listen <address>", "address and port", nonEmpty, "127.0.0.1:8090")
    .action((flags: WitnessFlags) => runVerb((around) => witness(flags, around)));
  verb
    .command("key")
    .description("make the key of a witness where there is none yet, and print its public half")
    .action((_: unknown, command: Command) =>
      runVerb((around) => showWitnessKey(command.optsWithGlobals<WitnessKeyFlags>(), around)),
    );
}
