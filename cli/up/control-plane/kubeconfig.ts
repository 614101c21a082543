import { stringify } from "yaml";

export interface KubeconfigInput {
  /** `https://127.0.0.1:PORT`. */
  server: string;
  /** PEM text that the server's certificate is checked with. */
  authority: string;
  user: string;
  token: string;
  namespace?: string;
}

/** A kubeconfig for one user, certificate included, so that the file works wherever it is copied to on this machine. */
export function renderKubeconfig({ server, authority, user, token, namespace }: KubeconfigInput): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "commonhold",
        cluster: { server, "certificate-authority-data": Buffer.from(authority).toString("base64") },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [
      {
        name: "commonhold",
        context: { cluster: "commonhold", user, ...(namespace === undefined ? {} : { namespace }) },
      },
    ],
    "current-context": "commonhold",
  });
}
