import { createHash, randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { join } from "node:path";
import { newKey } from "../../../api/members/key.ts";
import { fieldManagers } from "../../../operator/apis/group.ts";
import { members } from "../../../operator/apis/member.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import { readIfPresent, readOrCreate } from "../state/write.ts";

export interface You {
  /** Name of the Member. */
  name: string;
  /** API key; made once per state directory. */
  key: string;
}

export interface YouOptions {
  /** Folder of secrets made once. */
  secrets: string;
  /** Home whose `.ollama` holds the key pair that the `ollama` command signs with. */
  ollamaHome: string;
  signal: AbortSignal;
}

/** Makes the person who runs this the first Member, with a key that is kept in the state directory (mode 0600). */
export async function applyYou(client: KubeClient, { secrets, ollamaHome, signal }: YouOptions): Promise<You> {
  const name = memberName();
  const key = readOrCreate(join(secrets, "api-key"), () => newKey(randomBytes).key).trim();
  const sha256 = createHash("sha256").update(key).digest("hex");
  const [scheme, id] = key.split("_");
  const keyed = {
    displayName: name,
    roles: ["member"],
    keys: [{ id: "this-machine", prefix: `${scheme}_${id}`, sha256 }],
  };
  const sshKey = readIfPresent(join(ollamaHome, ".ollama", "id_ed25519.pub"))?.trim();
  const spec = { ...keyed, ...(sshKey ? { sshKeys: [sshKey] } : {}) };
  await client.apply(members, { metadata: { name }, spec } as never, { fieldManager: fieldManagers.cli, signal });
  return { name, key };
}

/** The login name in the form that object names have. */
function memberName(): string {
  const login = userInfo()
    .username.toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);
  return login || "me";
}
