/** What three friends have written down, with times that a test can wait for. */
import type { Person } from "./governance-person.ts";

/**
 * `docs/**` and machines get the least time for a vote, so that one without enough votes ends within the test; everything else has
 * as long as a busy machine may need.
 */
export const constitutionText = `format: 1
version: 1
community: Three Friends
classes:
  - name: brief
    paths: [docs/**]
    period: {min: 1s, max: 60s}
    quorum: {atLeast: 2}
    pass: {yesShareOfCast: 1/2}
    timelock: 1s
  - name: routine
    paths: [models/*.yaml]
    period: {min: 1s, max: 1h}
    quorum: {atLeast: 2}
    pass: {yesShareOfCast: 1/2}
    timelock: 2s
  - name: owner-bound
    paths: ["hosts/{machine}.yaml"]
    period: {min: 1s, max: 60s}
    quorum: {atLeast: 2}
    pass: {yesShareOfCast: 1/2}
    timelock: 2s
    requires: {owner: true}
    veto: {owner: true}
  - name: constitutional
    paths: [constitution.yaml, members.yaml]
    period: {min: 1s, max: 1h}
    quorum: {formula: ceil(2 * n / 3)}
    pass: {yesShareOfCast: 2/3}
    timelock: 2s
    ballots: signed
defaultClass: routine
membership: {subjectMayNotVote: true, maxRemovalFraction: 1/3, minMembers: 2}
emergency: {signers: 2, may: [suspend, scaleToZero, revokeMember, pinPrevious], expires: 90s}
`;

export interface Founder {
  readonly person: Person;
  readonly machine?: string;
  /** Number of their account. */
  readonly github?: number;
}

export function membersText(founders: readonly Founder[]): string {
  const members = founders.map(({ person: { name, publicKey }, machine, github }, at) =>
    [
      `  - number: ${at + 1}`,
      `    name: ${name}`,
      ...(github === undefined ? [] : [`    github: {id: ${github}, login: ${name}}`]),
      `    sshKeys:`,
      `      - ${publicKey} ${name}@laptop`,
      `    affiliation: ${name}s`,
      `    joined: 2026-01-01`,
      ...(machine === undefined ? [] : [`    machines: [${machine}]`]),
    ].join("\n"),
  );
  return `# Who we are.\nformat: 1\nmembers:\n${members.join("\n")}\n`;
}

export function hostText(name: string, owner: string, url: string, pause = false): string {
  return `apiVersion: commonhold.dev/v1alpha1
kind: ModelHost
metadata: {name: ${name}}
spec:
  owner: ${owner}
  trust: known
  endpoint: {direct: {url: "${url}"}}
  hardware: {memory: 2Gi, disk: 5Gi}
  pause: ${pause}
`;
}

export function modelText(name: string, reference: string, replicas = 1): string {
  return `apiVersion: commonhold.dev/v1alpha1
kind: ModelDeployment
metadata: {name: ${name}, namespace: community}
spec:
  model: {ollama: "${reference}"}
  context: 512
  replicas: ${replicas}
`;
}
