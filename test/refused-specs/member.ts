import { type RefusedSpecs, sha } from "./refusal.ts";

const key = (id: string, letter: string, more: object = {}) => ({
  id,
  prefix: `ch_${letter.repeat(8)}`,
  sha256: sha(letter),
  ...more,
});
const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKjxX0uQ7n0Y9l8mN3e8p5d0mJ2m6v7wq1xXyZabcdEF";

export const refusedMembers: RefusedSpecs = {
  "a key is stored as a hash, never itself": {
    spec: { keys: [{ id: "laptop", prefix: "ch_aaaaaaaa", key: "ch_secret" }] },
    answer: 'unknown field "spec.keys[0].key"',
    about: "field",
  },
  "a key has its hash": {
    spec: { keys: [{ id: "laptop", prefix: "ch_aaaaaaaa" }] },
    answer: "sha256: Required value",
    about: "field",
  },
  "a name holds no control characters": {
    spec: { displayName: "Al\u001b[31mice" },
    answer: "holds a control character",
    about: "field",
  },
  "a name does not run backwards": {
    spec: { displayName: "Alice\u202ecilA" },
    answer: "invisible or turns the direction of text",
    about: "meaning",
  },
  "the hash of nothing is not a key": {
    spec: {
      keys: [{ ...key("laptop", "a"), sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }],
    },
    answer: "this is the SHA-256 of nothing",
    about: "meaning",
  },
  "two keys have two prefixes": {
    spec: { keys: [key("a", "a"), { ...key("b", "b"), prefix: "ch_aaaaaaaa" }] },
    answer: "two keys have the same prefix",
    about: "meaning",
  },
  "one key is not two keys": {
    spec: { keys: [key("a", "a"), { ...key("b", "b"), sha256: sha("a") }] },
    answer: "two keys have the same sha256",
    about: "meaning",
  },
  "two keys have two ids": {
    spec: { keys: [key("a", "a"), key("a", "b")] },
    answer: "Duplicate value",
    about: "meaning",
  },
  "a prefix has the form of one": {
    spec: { keys: [{ ...key("a", "a"), prefix: "sk-12345678" }] },
    answer: "spec.keys[0].prefix",
    about: "field",
  },
  "a key expires after it was made": {
    spec: { keys: [key("a", "a", { createdAt: "2026-02-01T00:00:00Z", expiresAt: "2026-01-01T00:00:00Z" })] },
    answer: "the key would never work",
    about: "meaning",
  },
  "an expiry is a time": {
    spec: { keys: [key("a", "a", { expiresAt: "tomorrow" })] },
    answer: "spec.keys[0].expiresAt",
    about: "field",
  },
  "a limited key may ask something": {
    spec: { keys: [key("a", "a", { scopes: ["models"], deployments: ["default/smollm2"] })] },
    answer: "its scopes let it ask nothing",
    about: "meaning",
  },
  "a deployment is namespace/name": {
    spec: { keys: [key("a", "a", { deployments: ["smollm2"] })] },
    answer: "spec.keys[0].deployments[0]",
    about: "field",
  },
  "an unknown scope is refused": {
    spec: { keys: [key("a", "a", { scopes: ["admin"] })] },
    answer: "supported values",
    about: "field",
  },
  "a service has no GitHub account": {
    spec: { roles: ["service"], github: { id: 7, login: "bot" } },
    answer: "a service has no GitHub account",
    about: "meaning",
  },
  "a service is not a person": {
    spec: { roles: ["service", "member"] },
    answer: "a service is not a person",
    about: "meaning",
  },
  "a maintainer can vote": {
    spec: { roles: ["maintainer"] },
    answer: "give a GitHub account or an SSH key to vote with",
    about: "meaning",
  },
  "an SSH key is given once": {
    spec: { sshKeys: [sshKey, sshKey] },
    answer: "spec.sshKeys[1]: Duplicate value",
    about: "meaning",
  },
  "a private key is never stored": {
    spec: { sshKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----"] },
    answer: "spec.sshKeys[0]",
    about: "field",
  },
  "a GitHub account is known by its number": {
    spec: { github: { login: "alice" } },
    answer: "spec.github.id: Required value",
    about: "field",
  },
  "a limit lets something through": {
    spec: { limits: { requestsPerMinute: 0 } },
    answer: "spec.limits.requestsPerMinute",
    about: "field",
  },
};
