/** Mistakes that people make in values, each refused with what is wrong, where, and how to mend it, before anything is installed. */
import { describe, expect, test } from "vitest";
import { render } from "./helm.ts";
import { cosigner, governed, machines, networks, policy, witness } from "./values.ts";

const [tower, lab] = machines;
const github = { repository: "friends/policy", repositoryId: "github:42", secret: "github-token" };
const onGitHub = { enabled: true, forge: "github", policy: { genesis: "0".repeat(40) } };
const [logKey = ""] = witness.logKeys;
const withMachines = (...list: object[]): object => ({ cluster: { networks }, ollama: { machines: list } });

const mistakes: Readonly<Record<string, [object, RegExp]>> = {
  "a value whose name is misspelt": [
    { gateway: { replica: 3 } },
    /at '\/gateway': additional properties 'replica' not allowed/,
  ],
  "a part that does not exist": [{ console: {} }, /additional properties 'console' not allowed/],
  "a part that is taken away": [
    { siteRegistry: null, gateway: { ingress: { host: null } } },
    /These values are missing: gateway\.ingress\.host, siteRegistry\.\n.*Where your own values have null for one, leave it out/,
  ],
  "no replica at all": [{ operator: { replicas: 0 } }, /'\/operator\/replicas': minimum: got 0, want 1/],
  "a count in words": [{ gateway: { replicas: "two" } }, /'\/gateway\/replicas': got string, want integer/],
  "a level that does not exist": [
    { operator: { logLevel: "loud" } },
    /'\/operator\/logLevel': value must be one of 'trace'/,
  ],
  "a network without its length": [
    { cluster: { networks: ["10.42.0.0"] } },
    /'\/cluster\/networks\/0': '10\.42\.0\.0' does not match/,
  ],
  "networks as one text": [{ cluster: { networks: "10.42.0.0/16" } }, /'\/cluster\/networks': got string, want array/],
  "a digest without its hash": [{ image: { digest: "latest" } }, /'\/image\/digest': 'latest' does not match/],
  "a pull policy that does not exist": [
    { image: { pullPolicy: "Sometimes" } },
    /'\/image\/pullPolicy': value must be one of/,
  ],
  "memory without a unit that exists": [
    { gateway: { resources: { limits: { memory: "2GB" } } } },
    /'\/gateway\/resources\/limits\/memory': .*'2GB' does not match/,
  ],
  "a port that is none": [
    { gateway: { service: { port: 70_000 } } },
    /'\/gateway\/service\/port': maximum: got 70,000, want 65,535/,
  ],
  "a kind of Service that does not exist": [
    { gateway: { service: { type: "External" } } },
    /'\/gateway\/service\/type': value must be one of/,
  ],
  "an origin without its scheme": [
    { gateway: { corsOrigins: ["ai.example"] } },
    /'\/gateway\/corsOrigins\/0': 'ai\.example' does not match/,
  ],
  "every origin": [{ gateway: { corsOrigins: ["*"] } }, /gateway\.corsOrigins holds "\*": .* name the origins/],
  "a machine without its node": [
    withMachines({ name: "tower", class: "cpu" }),
    /'\/ollama\/machines\/0': missing property 'node'/,
  ],
  "a machine of a class that does not exist": [
    withMachines({ ...tower, class: "tpu" }),
    /tower is of class tpu, which is none of amd, cpu, nvidia/,
  ],
  "a machine whose name is no DNS label": [
    withMachines({ ...tower, name: "Alice's PC" }),
    /'\/ollama\/machines\/0\/name': .* does not match/,
  ],
  "two machines of one name": [withMachines(tower!, { ...lab, name: "tower" }), /two machines are named tower/],
  "one node twice": [withMachines(tower!, { ...lab, node: tower!.node }), /node alices-tower is named twice/],
  "a cache in a folder and in a claim": [
    withMachines({ ...tower, cache: { hostPath: "/models", size: "10Gi" } }),
    /has hostPath and size; give a folder of the node, or the size of a claim/,
  ],
  "a cache in no place": [withMachines({ ...tower, cache: {} }), /'\/ollama\/machines\/0\/cache'/],
  "a cache at a relative path": [
    withMachines({ ...tower, cache: { hostPath: "models" } }),
    /cache\/hostPath': 'models' does not match/,
  ],
  "machines, and no network of theirs": [
    { ollama: { machines: [tower] } },
    /cluster\.networks is empty.*k3s: 10\.42\.0\.0\/16/,
  ],
  "a registry of the site, and no network of the cluster's": [
    { siteRegistry: { enabled: true } },
    /cluster\.networks is empty, and siteRegistry is enabled: .*k3s: 10\.42\.0\.0\/16/,
  ],
  "a certificate for a registry that has no name of its own": [
    { cluster: { networks }, siteRegistry: { enabled: true, tls: true } },
    /siteRegistry\.tls is true, and siteRegistry\.host is empty: .* name the host before it/,
  ],
  "a registry of the site as a URL": [
    { siteRegistry: { host: "http://models.lan" } },
    /'\/siteRegistry\/host': 'http:\/\/models\.lan' does not match/,
  ],
  "a port to go out on that is a word": [
    { siteRegistry: { fill: { egressPorts: ["https"] } } },
    /'\/siteRegistry\/fill\/egressPorts\/0': got string, want integer/,
  ],
  "a way to update that daemons do not have": [
    { ollama: { updateStrategy: "Recreate" } },
    /'\/ollama\/updateStrategy': value must be one of 'OnDelete', 'RollingUpdate'/,
  ],
  "a duration without its unit": [{ ollama: { keepAlive: "5" } }, /'\/ollama\/keepAlive': '5' does not match/],
  "a kind of cache that Ollama does not have": [
    { ollama: { classes: { cpu: { kvCacheType: "q2" } } } },
    /'\/ollama\/classes\/cpu\/kvCacheType': value must be one of 'f16', 'q8_0', 'q4_0'/,
  ],
  "a variable in small letters": [
    { ollama: { classes: { cpu: { env: { path: "x" } } } } },
    /classes\/cpu\/env': additional properties 'path' not allowed/,
  ],
  "governance without a repository": [
    { governance: { ...governed, policy: { ...policy, url: "" } } },
    /governance\.policy\.url is missing/,
  ],
  "governance without its first commit": [
    { governance: { ...governed, policy: { ...policy, genesis: "" } } },
    /governance\.policy\.genesis is missing/,
  ],
  "a first commit by its short name": [
    { governance: { ...governed, policy: { ...policy, genesis: "0a1b2c3" } } },
    /'\/governance\/policy\/genesis': '0a1b2c3' does not match/,
  ],
  "a repository over ssh without a key": [
    { governance: { ...governed, policy: { ...policy, sshSecret: "" } } },
    /governance\.policy\.sshSecret is missing: ssh:\/\/git@forge\.example\/policy\.git is over ssh/,
  ],
  "a credential in the repository's address": [
    { governance: { ...governed, policy: { ...policy, url: "https://me:secret@forge.example/policy.git" } } },
    /governance\.policy\.url holds a credential/,
  ],
  "a repository in plain http": [
    { governance: { ...governed, policy: { ...policy, url: "http://forge.example/policy.git" } } },
    /governance\.policy\.url is plain http/,
  ],
  "GitHub without a repository": [
    { governance: { ...onGitHub, github: { ...github, repository: "" } } },
    /governance\.github\.repository is missing/,
  ],
  "GitHub without the repository's number": [
    { governance: { ...onGitHub, github: { ...github, repositoryId: "" } } },
    /governance\.github\.repositoryId is missing/,
  ],
  "GitHub without a Secret": [
    { governance: { ...onGitHub, github: { ...github, secret: "" } } },
    /governance\.github\.secret is missing/,
  ],
  "a forge that does not exist": [
    { governance: { ...governed, forge: "gitlab" } },
    /'\/governance\/forge': value must be one of 'git', 'github'/,
  ],
  "governance of no namespace": [{ governance: { ...governed, namespaces: [] } }, /governance\.namespaces is empty/],
  "governance of its own namespace": [
    { governance: { ...governed, namespaces: ["commonhold-system"] } },
    /governance\.namespaces names commonhold-system/,
  ],
  "a quorum of witnesses that are not named": [
    { governance: { ...governed, witnessQuorum: 2 } },
    /witnessQuorum is 2, and 0 witnesses are named/,
  ],
  "the key of the policy repository among what hosts are shown": [
    { hostSecrets: ["policy-access"], governance: governed },
    /hostSecrets names policy-access, which is governance's own: .* put what a host is shown into another Secret/,
  ],
  "the key of GitHub's App among what hosts are shown": [
    { hostSecrets: ["github-token"], governance: { ...onGitHub, github } },
    /hostSecrets names github-token, which is governance's own/,
  ],
  "a release of Helm among what hosts are shown": [
    { hostSecrets: ["sh.helm.release.v1.commonhold.v1"] },
    /hostSecrets names sh\.helm\.release\.v1\.commonhold\.v1, in which Helm keeps a release/,
  ],
  "a Secret's name that is none": [{ hostSecrets: ["My Token"] }, /'\/hostSecrets\/0': 'My Token' does not match/],
  "a witness without a name": [{ witness: { ...witness, name: "" } }, /witness\.name is missing/],
  "a witness without a log": [{ witness: { ...witness, origin: "" } }, /witness\.origin is missing/],
  "a witness without the log's key": [{ witness: { ...witness, logKeys: [] } }, /witness\.logKeys is empty/],
  "a witness of any log": [{ witness: { ...witness, genesis: "" } }, /witness\.genesis is missing/],
  "a witness of a log whose key is none": [
    { witness: { ...witness, logKeys: ["hello"] } },
    /witness\.logKeys: hello is no public key of a log, .*; take it as `commonhold log verify` shows it/,
  ],
  "a witness of a log, with the key of a witness": [
    { witness: { ...witness, logKeys: [cosigner] } },
    /is no public key of a log/,
  ],
  "a witness of a log whose key has a slip": [
    { witness: { ...witness, logKeys: [logKey.replace(/.$/, (last) => (last === "A" ? "B" : "A"))] } },
    /witness\.logKeys: .* was copied wrongly/,
  ],
  "a witness of a log whose key is another's": [
    { witness: { ...witness, logKeys: [logKey.replace("commonhold", "another")] } },
    /was copied wrongly, since its eight hex digits do not fit the rest/,
  ],
  "a witness of a log that begins with a hash in hexadecimal": [
    { witness: { ...witness, genesis: "ab".repeat(32) } },
    /witness\.genesis is no leaf hash in base 64/,
  ],
  "a witness of one's own log, by the key of a log": [
    { governance: { ...governed, witnesses: [`https://ada.example ${logKey}`] } },
    /governance\.witnesses: .* is no public key of a witness, .* `commonhold witness key` prints it/,
  ],
  "an Ingress for no name": [
    { gateway: { ingress: { enabled: true, tlsSecret: "t" } } },
    /gateway\.ingress\.host is missing/,
  ],
  "an Ingress without TLS": [
    { gateway: { ingress: { enabled: true, host: "ai.example" } } },
    /gateway\.ingress\.tlsSecret is missing/,
  ],
  "a route that hangs on nothing": [
    { gateway: { httpRoute: { enabled: true, hostnames: ["a.example"] } } },
    /httpRoute\.gateway\.name is missing/,
  ],
  "a route for no name": [
    { gateway: { httpRoute: { enabled: true, gateway: { name: "edge" } } } },
    /httpRoute\.hostnames is empty/,
  ],
  "a body larger than all may be": [
    { gateway: { bodies: { together: "16Mi", largest: "17Mi" } } },
    /bodies\.largest is more than bodies may take together \(16777216 bytes\)/,
  ],
  "a body larger than the limit of memory has room for": [
    { gateway: { bodies: { largest: "1Gi" } } },
    /bodies\.largest is more than bodies may take together \(100663296 bytes\): give .*, or the gateway more memory/,
  ],
  "a size in words": [
    { gateway: { bodies: { largest: "big" } } },
    /'\/gateway\/bodies\/largest': 'big' does not match/,
  ],
  "a variable that the chart itself sets": [
    { gateway: { extraEnv: [{ name: "COMMONHOLD_LOG_LEVEL", value: "debug" }] } },
    /gateway\.extraEnv sets COMMONHOLD_LOG_LEVEL, which the chart itself sets: use the value that says it/,
  ],
  "a variable that the chart would set, were its value not empty": [
    { governance: { ...governed, extraEnv: [{ name: "COMMONHOLD_LOG_GENESIS", value: "x" }] } },
    /governance\.extraEnv sets COMMONHOLD_LOG_GENESIS, which the chart itself sets/,
  ],
  "a variable twice": [
    { operator: { extraEnv: ["1", "2"].map((value) => ({ name: "COMMONHOLD_LEASE_DURATION_MS", value })) } },
    /operator\.extraEnv sets COMMONHOLD_LEASE_DURATION_MS twice/,
  ],
  "a variable that is no text": [
    { operator: { extraEnv: [{ name: "COMMONHOLD_LEASE_DURATION_MS", value: 9000 }] } },
    /'\/operator\/extraEnv\/0\/value': got number, want string/,
  ],
  "variables as a map": [{ operator: { extraEnv: { A: "b" } } }, /'\/operator\/extraEnv': got object, want array/],
  "a first record by its leaf hash": [
    { governance: { ...governed, logGenesis: witness.genesis } },
    /'\/governance\/logGenesis': .* does not match/,
  ],
  "a way in to a webhook that nobody takes": [
    {
      governance: {
        ...onGitHub,
        github: { ...github, webhook: { ingress: { enabled: true, host: "a.example", tlsSecret: "t" } } },
      },
    },
    /webhook\.enabled is false, and a way in is enabled beside it: .* put its secret into github-token under `webhook-secret`/,
  ],
  "a way in to a webhook without TLS": [
    {
      governance: {
        ...onGitHub,
        github: { ...github, webhook: { enabled: true, ingress: { enabled: true, host: "a.example" } } },
      },
    },
    /governance\.github\.webhook\.ingress\.tlsSecret is missing: what GitHub tells would cross/,
  ],
  "metrics for a Prometheus that no policy lets in": [
    { monitoring: { serviceMonitor: { enabled: true } } },
    /metricsFrom is empty, and monitoring\.serviceMonitor is enabled: .* give a label of its namespace, for example kubernetes\.io/,
  ],
  "a toleration of an effect that does not exist": [
    { scheduling: { tolerations: [{ key: "a", effect: "Never" }] } },
    /'\/scheduling\/tolerations\/0\/effect': value must be one of 'NoSchedule'/,
  ],
  "nodes chosen by a list": [
    { scheduling: { nodeSelector: ["a=b"] } },
    /'\/scheduling\/nodeSelector': got array, want object/,
  ],
  "an affinity that Kubernetes does not have": [
    { scheduling: { affinity: { hostAffinity: {} } } },
    /'\/scheduling\/affinity': additional properties 'hostAffinity' not allowed/,
  ],
  "two ways in": [
    { gateway: { ingress: { enabled: true, host: "a.example", tlsSecret: "t" }, httpRoute: { enabled: true } } },
    /gateway\.ingress and gateway\.httpRoute are both enabled/,
  ],
  "a budget that lets no node go": [
    { gateway: { replicas: 2, podDisruptionBudget: { minAvailable: 2 } } },
    /minAvailable is 2 of 2 replicas: no node could ever be drained/,
  ],
};

describe("refused with a sentence is", () => {
  test.each(Object.entries(mistakes))("%s", async (_, [values, sentence]) => {
    expect(await render(values)).toEqual({ refusal: expect.stringMatching(sentence) });
  });

  test("everything that is wrong, at once", async () => {
    const { refusal = "" } = (await render({
      governance: { enabled: true },
      ollama: { machines: [tower] },
    })) as { refusal?: string };
    expect(refusal).toMatch(/policy\.url[\s\S]*policy\.genesis[\s\S]*cluster\.networks/);
  });
});
