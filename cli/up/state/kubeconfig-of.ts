import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The kubeconfig of the community in a state directory, as `commonhold up` names it in its env file; undefined before its first start. */
export function kubeconfigOf(state: string): string | undefined {
  const path = join(state, "env");
  if (!existsSync(path)) return undefined;
  return /^KUBECONFIG='?([^'\n]*)'?$/m.exec(readFileSync(path, "utf8"))?.[1];
}
