import type { RefusedSpecs } from "./refusal.ts";

const hardware = { memory: "8Gi" };
const direct = { url: "https://gpu1.example.org:11434" };
const base = { owner: "alice", hardware };
const at = (more: object) => ({ ...base, endpoint: { direct: { ...direct, ...more } } });
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKjxX0uQ7n0Y9l8mN3e8p5d0mJ2m6v7wq1xXyZabcdEF";
const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

export const refusedHosts: RefusedSpecs = {
  "a host is reached somehow": {
    spec: { ...base, endpoint: {} },
    answer: "set exactly one of endpoint.direct, endpoint.tunnel",
    about: "meaning",
  },
  "a host is reached in one way": {
    spec: { ...base, endpoint: { direct, tunnel: { publicKey: key } } },
    answer: "set exactly one of endpoint.direct, endpoint.tunnel",
    about: "meaning",
  },
  "a host has an owner": {
    spec: { hardware, endpoint: { direct } },
    answer: "spec.owner: Required value",
    about: "field",
  },
  "a host says how much memory it has": {
    spec: { owner: "alice", hardware: {}, endpoint: { direct } },
    answer: "spec.hardware.memory: Required value",
    about: "field",
  },
  "a host's memory has a unit": {
    spec: { owner: "alice", hardware: { memory: "24" }, endpoint: { direct } },
    answer: '"24" is less than 1 MiB; write a unit, for example 24Gi',
    about: "meaning",
  },
  "an endpoint is http or https": {
    spec: at({ url: "gpu1:11434" }),
    answer: "the URL must start with https://",
    about: "field",
  },
  "an endpoint has no path": {
    spec: at({ url: "https://gpu1.example.org/api" }),
    answer: "give only scheme, host and port",
    about: "meaning",
  },
  "an endpoint carries no password": {
    spec: at({ url: "https://a:b@gpu1.example.org" }),
    answer: "put a token in a Secret",
    about: "meaning",
  },
  "0.0.0.0 is not an address to call": {
    spec: at({ url: "http://0.0.0.0:11434" }),
    answer: "0.0.0.0 is where a server listens",
    about: "meaning",
  },
  "a cloud's metadata service is not a host": {
    spec: at({ url: "http://169.254.169.254" }),
    answer: "link-local addresses are never called",
    about: "meaning",
  },
  "a token is not sent in the clear": {
    spec: at({ url: "http://gpu1:11434", bearerToken: { name: "gpu1" } }),
    answer: "bearerToken over plain http would be readable on the way",
    about: "meaning",
  },
  "a Secret has a name that a Secret can have": {
    spec: at({ bearerToken: { name: "gpu1\u001b[2J" } }),
    answer: "spec.endpoint.direct.bearerToken.name",
    about: "field",
  },
  "a Secret's key is one that a Secret can have": {
    spec: at({ bearerToken: { name: "gpu1", key: "to ken" } }),
    answer: "spec.endpoint.direct.bearerToken.key",
    about: "field",
  },
  "a Node has a name that a Node can have": {
    spec: { ...at({}), node: "GPU 1" },
    answer: "spec.node",
    about: "field",
  },
  "a product's name holds no control characters": {
    spec: { ...at({}), hardware: { ...hardware, product: "RTX\u009b31m" } },
    answer: "holds a control character",
    about: "meaning",
  },
  "certificates need https": {
    spec: at({ url: "http://gpu1:11434", caBundle: certificate }),
    answer: "say how to do TLS, but the URL is plain http",
    about: "meaning",
  },
  "a CA bundle is PEM": { spec: at({ caBundle: "MIIB" }), answer: "caBundle must be PEM", about: "field" },
  "a private key is not a CA bundle": {
    spec: at({ caBundle: `${certificate}-----BEGIN PRIVATE KEY-----\n` }),
    answer: "caBundle holds a private key",
    about: "meaning",
  },
  "a Node of the cluster needs no tunnel": {
    spec: { ...base, node: "gpu1", endpoint: { tunnel: { publicKey: key } } },
    answer: "reached directly, not by tunnel",
    about: "meaning",
  },
  "quiet hours begin and end": {
    spec: { ...at({}), quietHours: [{ start: "22:00", end: "22:00" }] },
    answer: "start and end are the same: for the whole day set pause: true",
    about: "meaning",
  },
  "quiet hours are times of day": {
    spec: { ...at({}), quietHours: [{ start: "25:00", end: "07:00" }] },
    answer: "quietHours[0].start",
    about: "field",
  },
  "a day is named once": {
    spec: { ...at({}), quietHours: [{ start: "22:00", end: "07:00", days: ["Mon", "Mon"] }] },
    answer: "days[1]: Duplicate value",
    about: "meaning",
  },
  "every namespace is every namespace": {
    spec: { ...at({}), allowedNamespaces: ["*", "lab"] },
    answer: "already is every namespace",
    about: "meaning",
  },
  "some namespace may use a host": {
    spec: { ...at({}), allowedNamespaces: [] },
    answer: "spec.allowedNamespaces",
    about: "field",
  },
  "a share is at most 100 percent": {
    spec: { ...at({}), memoryShare: 120 },
    answer: "spec.memoryShare",
    about: "field",
  },
  "trust has three degrees": {
    spec: { ...at({}), trust: "blind" },
    answer: 'supported values: "unknown", "known", "trusted"',
    about: "field",
  },
  "a tunnel's key is a public key": {
    spec: { ...base, endpoint: { tunnel: { publicKey: "-----BEGIN" } } },
    answer: "endpoint.tunnel.publicKey",
    about: "field",
  },
  "a key-value cache has a known type": {
    spec: { ...at({}), engine: { kvCacheType: "q2" } },
    answer: "spec.engine.kvCacheType",
    about: "field",
  },
};
