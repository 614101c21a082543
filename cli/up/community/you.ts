/** The person who runs this: the first member, with an API key that is kept in the state directory (mode 0600). */
import { createHash, randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { join } from "node:path";
import { newKey } from "../../../api/members/key.ts";
import { type Member, members } from "../../../operator/apis/member.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import { keysFieldManager } from "../../keys/member-keys.ts";
import { readOrCreate } from "../state/write.ts";

export interface You {
  /** Name of the Member. */
  readonly name: string;
  /** API key; made once per state directory. */
  readonly key: string;
}

/** `secrets`: folder of what is made once. */
export function you(secrets: string): You {
  return { name: memberName(), key: readOrCreate(join(secrets, "api-key"), () => newKey(randomBytes).key).trim() };
}

const keyId = "this-machine";
const everyMs = 200;

export interface IssueOptions {
  readonly clock: Clock;
  /** How long the member may not be there. */
  readonly deadlineMs: number;
  /** Why it may not be there, for the error. */
  readonly why: () => string | undefined;
  readonly signal: AbortSignal;
}

/** Waits until governance has made the Member, and gives it the key, if it does not have it. Keys of others stay. */
export async function issueKey(client: KubeClient, { name, key }: You, options: IssueOptions): Promise<void> {
  const { clock, deadlineMs, why, signal } = options;
  const deadline = clock.now() + deadlineMs;
  const sha256 = createHash("sha256").update(key).digest("hex");
  for (;;) {
    const member = await client.get<Member>(members, { name }, { signal });
    if (member?.spec.keys?.some((one) => one.id === keyId && one.sha256 === sha256)) return;
    if (member) break;
    if (clock.now() >= deadline) {
      const reason = why() ?? "members.yaml of the policy repository has no such member";
      throw new Error(`there is no Member ${name} after ${deadlineMs / 1000} s: ${reason}`);
    }
    await clock.sleep(everyMs, signal);
  }
  const [scheme, id] = key.split("_");
  const spec = { keys: [{ id: keyId, prefix: `${scheme}_${id}`, sha256 }] };
  await client.apply<Member>(members, { metadata: { name }, spec } as never, {
    fieldManager: keysFieldManager,
    signal,
  });
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
