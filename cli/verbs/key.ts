/** `commonhold key issue | list | revoke`: members' API keys in a cluster, by whoever may issue them. */
import { randomBytes } from "node:crypto";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { RandomBytes } from "../../api/members/key.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import type { Member, MemberKey } from "../../operator/apis/member.ts";
import { openCluster } from "../backup/cluster.ts";
import { validity } from "../keys/expiry.ts";
import { type IssuedKey, issueKey } from "../keys/issue.ts";
import { KeyError } from "../keys/key-error.ts";
import { checkSecretPlace, putInSecret } from "../keys/key-secret.ts";
import { keyTable } from "../keys/key-table.ts";
import { type Access, listMembers } from "../keys/member-keys.ts";
import { revokeKey } from "../keys/revoke.ts";
import { nonEmpty } from "../policy/flags.ts";
import { runVerb } from "../policy/run-verb.ts";
import type { Surroundings } from "../policy/surroundings.ts";

interface ClusterFlags {
  readonly kubeconfig?: string;
}

export interface IssueFlags extends ClusterFlags {
  readonly name?: string;
  /** Milliseconds. */
  readonly expires?: number;
  readonly scope?: MemberKey["scopes"];
  readonly deployment?: readonly string[];
  readonly toSecret?: string;
  readonly namespace: string;
}

export function addKey(program: Command): void {
  const key = program.command("key").description("members' API keys: issue, list, revoke");
  withCluster(key.command("issue <member>"))
    .description("make an API key for a member, and print it: it is shown once and stored nowhere")
    .option("--name <name>", "how the key is called, for example laptop; else key-1, key-2 …", keyName)
    .option("--expires <time>", "12h, 90d or 4w from now on; else it is good until it is revoked", validity)
    .addOption(new Option("--scope <scope...>", "what it may do; else everything").choices(scopes))
    .option("--deployment <namespace/name...>", "the only models that it may ask; else all")
    .option(
      "--to-secret <name>",
      "put it under `key` into a new Secret, and print nothing (helm test, Prometheus)",
      nonEmpty,
    )
    .option("--namespace <name>", "of that Secret", nonEmpty, systemNamespace)
    .action((member: string, flags: IssueFlags) =>
      runVerb((around) => issue(member, flags, around, standard), process.stderr),
    );
  withCluster(key.command("list [member]"))
    .description("who has which keys, since when and until when")
    .action((member: string | undefined, flags: ClusterFlags) => runVerb((around) => list(member, flags, around)));
  withCluster(key.command("revoke <member> <name>"))
    .description("take a key away; it is refused from then on")
    .action((member: string, name: string, flags: ClusterFlags) =>
      runVerb((around) => revoke(member, name, flags, around)),
    );
}

export interface KeyOutlet {
  readonly random: RandomBytes;
  /** Where the key itself goes, with nothing else, so that a shell can take it: KEY=$(commonhold key issue ada). */
  writeKey(key: string): void;
}

/** Words go to standard error: standard output has the key. */
const standard: KeyOutlet = { random: randomBytes, writeKey: (key) => void process.stdout.write(`${key}\n`) };

export async function issue(
  member: string,
  flags: IssueFlags,
  around: Surroundings,
  { random, writeKey }: KeyOutlet,
): Promise<void> {
  const { name, expires: validMs, scope, deployment: deployments, toSecret, namespace } = flags;
  await inCluster(flags, around, async (access) => {
    const place = toSecret === undefined ? undefined : { name: toSecret, namespace };
    if (place) await checkSecretPlace(place, access);
    const request = { member, name, validMs, scopes: scope, deployments };
    const issued = await issueKey(request, access, { clock: around.clock, random });
    if (place) await handOver(issued, () => putInSecret(place, issued.key, access), access);
    else writeKey(issued.key);
    around.say(...issuedWords(issued, place && `in Secret ${place.namespace}/${place.name}`));
  });
}

/** A key that nobody was given is taken back. */
async function handOver({ member, entry }: IssuedKey, give: () => Promise<void>, access: Access): Promise<void> {
  try {
    await give();
  } catch (error) {
    await revokeKey(member.metadata.name ?? "", entry.id, access);
    throw error;
  }
}

function issuedWords({ entry, member }: IssuedKey, place: string | undefined): string[] {
  const name = member.metadata.name ?? "";
  const until = entry.expiresAt === undefined ? "until it is revoked" : `until ${entry.expiresAt}`;
  return [
    `Key ${entry.id} of ${name} is good ${until}${place === undefined ? "" : `, and is ${place}`}.`,
    ...(member.spec.suspended ? [`  ${name} is suspended: every key is refused until that ends.`] : []),
    ...(place === undefined ? ["  It is shown this once; the cluster has its SHA-256 alone."] : []),
    `  To take it back: commonhold key revoke ${name} ${entry.id}`,
  ];
}

export async function list(name: string | undefined, flags: ClusterFlags, around: Surroundings): Promise<void> {
  await inCluster(flags, around, async (access) => {
    const everybody = await listMembers(access);
    const meant = name === undefined ? everybody : everybody.filter(({ metadata }) => metadata.name === name);
    if (name !== undefined && meant.length === 0) throw new KeyError(`there is no Member ${name}`);
    around.say(...keyTable(meant, around.clock.now()), ...withoutKeys(meant));
  });
}

/** Whoever is to be given one has to be found, too. */
function withoutKeys(everybody: readonly Member[]): string[] {
  const names = everybody.filter(({ spec }) => !spec.keys?.length).flatMap(({ metadata }) => metadata.name ?? []);
  if (everybody.length === 0) return ["There are no Members yet."];
  return names.length > 0 ? [`Without a key: ${names.join(", ")}`] : [];
}

export async function revoke(member: string, name: string, flags: ClusterFlags, around: Surroundings): Promise<void> {
  await inCluster(flags, around, (access) => revokeKey(member, name, access));
  around.say(`Key ${name} of ${member} is revoked: gateways refuse it as soon as they see that.`);
}

const scopes = ["inference", "embeddings", "models"] as const;

function withCluster(command: Command): Command {
  return command.option("--kubeconfig <file>", "which cluster; else KUBECONFIG, else ~/.kube/config", nonEmpty);
}

async function inCluster(
  { kubeconfig }: ClusterFlags,
  around: Surroundings,
  work: (access: Access) => Promise<void>,
): Promise<void> {
  const cluster = openCluster(kubeconfig, around);
  try {
    await work({ client: cluster.client, signal: around.signal });
  } finally {
    await cluster.close();
  }
}

function keyName(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError("Write at most 63 small letters, digits and dashes, for example laptop.");
}
