/** What a machine must have before kind can make a cluster on it, and what to do without. */
import { tryRun } from "../programs/run.ts";

/** Throws one sentence that says what is missing: these tests are never passed over in silence. */
export async function assertKindPossible(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Promise<void> {
  const why =
    platform === "linux" ? await engineMissing(env) : `it runs ${platform}, where pods do not reach its tests`;
  if (why === undefined) return;
  throw new Error(
    `A cluster of kind cannot be made on this machine: ${why}. It takes a Docker engine on Linux that this user may use; ` +
      "without one, npm run test:node tells the same story on a node that is made of the machine itself.",
  );
}

async function engineMissing(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { code, stderr } = await tryRun("docker", ["version", "--format", "{{.Server.Version}}"], { env });
    if (code === 0) return undefined;
    const [said = ""] = stderr.trim().split("\n");
    return `docker reaches no engine (${said.replace(/\.+$/, "") || `it ended with ${code}`})`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "there is no program docker";
    throw error;
  }
}
