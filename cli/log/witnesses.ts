/** What witnesses hold, compared with the records and with each other. */
import { checkpointAt } from "../../governance/log/remote-log.ts";
import { createCosigner } from "../../governance/witness/client/cosign.ts";
import { type Disagreement, findForks, type HeldCheckpoint } from "../../governance/witness/client/find-forks.ts";
import { createWitnessHttp } from "../../governance/witness/client/http.ts";
import type { WitnessPeer } from "../../governance/witness/client/peer.ts";
import { createAddressPolicy } from "../../operator/addresses/policy.ts";
import { printable } from "../../operator/text/printable.ts";
import { cosignatureVerifier } from "../../operator/tlog/cosignature.ts";
import { noteVerifier } from "../../operator/tlog/note/verify.ts";
import { openCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import type { LogSource } from "./source.ts";
import { timeText } from "./words.ts";

export interface Told {
  readonly lines: readonly string[];
  /** What proves or hints that the log told two histories. */
  readonly failure?: Error;
}

/** A person named their addresses, so that all are meant. */
const anyAddress = ["0.0.0.0/0", "::/0"];

export async function askWitnesses(
  witnesses: readonly WitnessPeer[],
  source: LogSource,
  { clock, signal }: Pick<Surroundings, "clock" | "signal">,
): Promise<Told> {
  if (witnesses.length === 0) return { lines: [] };
  const http = createWitnessHttp({ policy: createAddressPolicy({ allow: anyAddress }), clock });
  try {
    const cosigner = createCosigner({ witnesses, http, quorum: 0 });
    const { origin } = source.log.genesis;
    const held = await cosigner.held(origin, signal);
    const checkpoints = held.flatMap(({ witness, note }) => (note === undefined ? [] : [{ by: witness.url, note }]));
    const lines = held.map(({ witness, note }) => `  witness    ${witness.url}: ${holdsText(witness, note, source)}`);
    const found = findForks(checkpoints, searchIn(source));
    return found.length === 0 ? { lines } : { lines, failure: await failureOf(found, source) };
  } finally {
    await http.close();
  }
}

function searchIn({ log }: LogSource) {
  return {
    origin: log.genesis.origin,
    log: log.keys.terms.map(({ key }) => noteVerifier(key)),
    records: { size: log.size, root: (size: number) => log.tree.root(size) },
  };
}

function holdsText(witness: WitnessPeer, note: string | undefined, source: LogSource): string {
  if (note === undefined) return "shows no checkpoint of this log";
  const { origin, log } = searchIn(source);
  const witnesses = witness.key ? [cosignatureVerifier(witness.key)] : [];
  try {
    const { checkpoint, cosigned } = openCheckpoint(note, { origin, log, witnesses });
    const [own] = cosigned;
    const when = own ? `, cosigned at ${timeText(own.time * 1000)}` : "";
    const unknown = witness.key ? ", without its own signature" : " (its signature was not checked: give its key too)";
    return `holds ${checkpoint.size} records${own ? when : unknown}`;
  } catch (error) {
    return `holds what is no checkpoint of this log: ${printable(error instanceof Error ? error.message : "", 200)}`;
  }
}

async function failureOf(found: readonly Disagreement[], source: LogSource): Promise<Error> {
  const parts = await Promise.all(found.map((one) => proofText(one, source)));
  return new Error(parts.join("\n"));
}

async function proofText(found: Disagreement, { repository, log, call }: LogSource): Promise<string> {
  switch (found.kind) {
    case "unsigned":
      return `${found.held.by} holds a checkpoint that the log did not sign: ${found.why}`;
    case "fork":
      return [`the log signed two different trees of ${found.size} records:`, ...found.held.flatMap(noteLines)].join(
        "\n",
      );
    case "more-records":
      return [
        `${found.held.by} holds ${found.size} records that the log signed, and here are ${log.size}: the log was cut`,
        ...noteLines(found.held),
        ...noteLines({ by: "here", note: log.note }),
      ].join("\n");
    case "not-these-records": {
      const ours = await checkpointAt(repository, log, found.size, call);
      const here = ours === undefined ? [] : noteLines({ by: "here", note: ours });
      return [
        `the log signed other first ${found.size} records for ${found.held.by} than are here:`,
        ...noteLines(found.held),
        ...here,
      ].join("\n");
    }
  }
}

/** As it is, so that anybody can check it. */
function noteLines({ by, note }: HeldCheckpoint): string[] {
  return [
    `  ${by}:`,
    ...note
      .trimEnd()
      .split("\n")
      .map((line) => `    ${printable(line, 500)}`),
  ];
}
