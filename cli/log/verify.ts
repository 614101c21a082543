/** `commonhold log verify`: says what was checked, and against what. */
import type { KeyHistory } from "../../governance/log/key-history.ts";
import type { WitnessPeer } from "../../governance/witness/client/peer.ts";
import { printable } from "../../operator/text/printable.ts";
import { toBase64 } from "../../operator/tlog/note/base64.ts";
import { formatPublicKey } from "../../operator/tlog/note/key.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import type { LogFlags } from "./flags.ts";
import { type LogSource, withLog } from "./source.ts";
import { askWitnesses } from "./witnesses.ts";

export interface VerifyFlags extends LogFlags {
  readonly witness: readonly WitnessPeer[];
  readonly json: boolean;
}

/** Throws a `LogError` that names the record, or an Error with what witnesses hold against it. */
export async function verify(flags: VerifyFlags, around: Surroundings): Promise<void> {
  await withLog(flags, around, async (source) => {
    const told = await askWitnesses(flags.witness, source, around);
    const lines = flags.json ? [JSON.stringify(factsOf(source))] : linesOf(source, flags);
    around.say(...lines, ...(flags.json ? [] : told.lines));
    if (told.failure) throw told.failure;
  });
}

function factsOf({ log }: LogSource) {
  const { size, root } = log.head;
  return {
    origin: log.genesis.origin,
    repository: log.genesis.repository,
    genesis: log.records[0]?.digest,
    genesisLeaf: toBase64(log.leaf(0) ?? new Uint8Array(0)),
    size,
    root: toBase64(root),
    keys: log.keys.terms.map(({ key, since }) => ({ key: formatPublicKey(key), since })),
    signer: log.keys.signer,
    commit: log.commits.at(-1),
  };
}

function linesOf(source: LogSource, { genesis, key }: VerifyFlags): string[] {
  const { log, seen } = source;
  const facts = factsOf(source);
  const vkey = formatPublicKey(log.keys.current.key);
  const blobs = log.records.filter(({ record }) => "evidence" in record && record.evidence !== undefined).length;
  return [
    `The log ${printable(facts.origin, 200)} is whole: ${facts.size} records.`,
    `  records    each names the one before, and has the form of its kind; ${blobs} hold evidence that is what they name`,
    `  checkpoint ${facts.size} records, root ${facts.root}`,
    `  commits    all hashed; the last one, ${facts.commit}, is signed by ${printable(facts.signer ?? "a key that the log does not name", 200)}`,
    `  genesis    ${facts.genesis}${genesis === undefined ? " (not compared: give the one you know with --genesis)" : " is the one that you gave"}`,
    `  key        ${printable(vkey, 300)}${key.length === 0 ? " (as the log itself says: give the one you know with --key)" : " follows from the one that you gave"}`,
    ...rotationLines(log.keys),
    `  seen       ${seen ? `it continues the ${seen.size} records that this machine saw before` : "for the first time from this machine"}`,
    "  a witness for it is started with:",
    `    commonhold witness --origin ${quoted(facts.origin)} --log-key ${quoted(vkey)} --genesis ${facts.genesisLeaf}`,
  ];
}

function rotationLines({ terms }: KeyHistory): string[] {
  return terms.slice(1).map(({ since, key, isLost }) => {
    const how = isLost ? "after its predecessor was lost: nothing but itself says so" : "signed by its predecessor";
    return `  rotated    record ${since}: ${printable(formatPublicKey(key), 300)}, ${how}`;
  });
}

function quoted(text: string): string {
  return /^[\w./:+=@-]+$/.test(text) ? text : `'${printable(text, 300).replaceAll("'", "'\\''")}'`;
}
