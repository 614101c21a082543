/** A git server in the cluster, reached over ssh as a group's own would be; its repository lies on this machine, where members push. */
import { randomBytes } from "node:crypto";
import { stringify } from "yaml";
import { newEd25519Key } from "../../governance/signatures/new-key.ts";
import { debianImage } from "./images.ts";
import type { Substrate } from "./substrate.ts";

const image = "localhost/git-server:test";
const host = "git.forge.svc.cluster.local";

export interface GitServer {
  readonly url: string;
  /** Private key of who may push. */
  readonly key: string;
  /** As `ssh-keyscan` prints it. */
  readonly knownHosts: string;
}

/** `repository`: a bare one on this machine. Resolves when the server's pod is up. */
export async function startGitServer(node: Substrate, repository: string): Promise<GitServer> {
  const install =
    "apt-get update && apt-get install -y --no-install-recommends git openssh-server && mkdir -p /run/sshd";
  // The repository belongs to whoever runs the tests.
  const trusting = "git config --system --add safe.directory '*'";
  await node.images.buildFrom(image, `FROM ${debianImage}\nRUN ${install} && ${trusting}\n`, {});
  await node.importImages(await node.images.archiveOf(image));
  const [hostKey, userKey] = ["host", "user"].map((comment) => newEd25519Key({ random: randomBytes, comment }));
  if (!hostKey || !userKey) throw new Error("two keys were made");
  const keys = { host: hostKey.privateFile, authorized_keys: userKey.publicFile };
  const documents = manifests(node.onNode(repository), keys).map((document) => stringify(document));
  await node.kubectl(["apply", "-f", "-"], documents.join("---\n"));
  await node.kubectl(["-n", "forge", "rollout", "status", "deployment/git", "--timeout=180s"]);
  return {
    url: `ssh://root@${host}/srv/policy.git`,
    key: userKey.privateFile,
    knownHosts: `${host} ${hostKey.publicFile.split(" ").slice(0, 2).join(" ")}\n`,
  };
}

function manifests(repository: string, keys: Readonly<Record<string, string>>): object[] {
  const options = [
    "AuthorizedKeysFile=/keys/authorized_keys",
    "StrictModes=no",
    "UsePAM=no",
    "PasswordAuthentication=no",
  ];
  const labels = { app: "git" };
  const container = {
    name: "git",
    image,
    imagePullPolicy: "Never",
    command: ["/usr/sbin/sshd", "-D", "-e", "-h", "/keys/host", ...options.flatMap((option) => ["-o", option])],
    readinessProbe: { tcpSocket: { port: 22 }, periodSeconds: 1 },
    volumeMounts: [
      { name: "keys", mountPath: "/keys" },
      { name: "repository", mountPath: "/srv/policy.git" },
    ],
  };
  const volumes = [
    { name: "keys", secret: { secretName: "keys", defaultMode: 0o400 } },
    { name: "repository", hostPath: { path: repository, type: "Directory" } },
  ];
  const metadata = (name: string) => ({ name, namespace: "forge" });
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "forge" } },
    { apiVersion: "v1", kind: "Secret", metadata: metadata("keys"), stringData: keys },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: metadata("git"),
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container], volumes } },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("git"),
      spec: { selector: labels, ports: [{ port: 22 }] },
    },
  ];
}
