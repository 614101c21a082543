/** What three friends have written down: their rules, themselves, a model and a machine; and how long things take. */
import type { Signer } from "../../git/repository.ts";
import { ed25519Signer } from "../../signatures/ed25519-signer.ts";

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export type Name = "alice" | "bob" | "carol" | "mallory";
export const keys: Readonly<Record<Name, Signer>> = {
  alice: ed25519Signer(Buffer.alloc(32, 1)),
  bob: ed25519Signer(Buffer.alloc(32, 2)),
  carol: ed25519Signer(Buffer.alloc(32, 3)),
  mallory: ed25519Signer(Buffer.alloc(32, 4)),
};

export type Files = Readonly<Record<string, string | undefined>>;

export const constitutionText = `format: 1
version: 1
community: Three Friends
classes:
  - name: routine
    paths: [models/*.yaml]
    period: {min: 1h, max: 7d}
    quorum: {atLeast: 2}
    pass: {yesShareOfCast: 1/2}
    timelock: 1h
  - name: owner-bound
    paths: ["hosts/{machine}.yaml"]
    period: {min: 1h, max: 7d}
    quorum: {atLeast: 2}
    pass: {yesShareOfCast: 1/2}
    timelock: 1h
    requires: {owner: true}
    veto: {owner: true}
  - name: policy
    paths: [routes/*.yaml, providers/*.yaml]
    period: {min: 2h, max: 7d}
    quorum: {atLeast: 2}
    pass: {yesShareOfCast: 2/3}
    timelock: 24h
  - name: constitutional
    paths: [constitution.yaml, members.yaml]
    period: {min: 24h, max: 14d}
    quorum: {formula: ceil(2 * n / 3)}
    pass: {yesShareOfCast: 2/3}
    timelock: 72h
    ballots: signed
defaultClass: policy
membership: {subjectMayNotVote: true, maxRemovalFraction: 1/3, minMembers: 2}
emergency: {signers: 2, may: [suspend, scaleToZero, revokeMember, pinPrevious], expires: 72h}
`;

export function membersText(...more: readonly string[]): string {
  return membersOf({}, more);
}

/** The same three, with their accounts: numbers by name. */
export function membersOnGitHub(ids: Readonly<Partial<Record<Name, number>>>, ...more: readonly string[]): string {
  return membersOf(ids, more);
}

function membersOf(ids: Readonly<Partial<Record<Name, number>>>, more: readonly string[]): string {
  const member = (number: number, name: Name, rest: string): string => {
    const github = ids[name] === undefined ? "" : `github: {id: ${ids[name]}, login: ${name}}, `;
    return `  - {number: ${number}, name: ${name}, ${github}sshKeys: ["${keys[name].publicKey}"], roles: [member], affiliation: ${name}s, joined: 2026-01-01${rest}}\n`;
  };
  return `format: 1
members:
${member(1, "alice", ", machines: [tower]")}${member(2, "bob", "")}${member(3, "carol", "")}${more.join("")}`;
}

export function modelText(name: string, replicas = 1, reference = "smollm2:135m"): string {
  return `apiVersion: commonhold.dev/v1alpha1
kind: ModelDeployment
metadata:
  name: ${name}
  namespace: community
spec:
  model: {ollama: "${reference}"}
  replicas: ${replicas}
`;
}

export function hostText(name: string, owner: string, pause = false): string {
  return `apiVersion: commonhold.dev/v1alpha1
kind: ModelHost
metadata: {name: ${name}}
spec:
  owner: ${owner}
  endpoint: {direct: {url: "https://${name}.example:11434"}}
  hardware: {memory: 24Gi}
  pause: ${pause}
`;
}

export const genesisFiles: Files = {
  "constitution.yaml": constitutionText,
  "members.yaml": membersText(),
  "models/smollm2.yaml": modelText("smollm2"),
  "hosts/tower.yaml": hostText("tower", "alice"),
};
