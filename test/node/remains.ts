/** What a cluster shows of itself once a test failed in it, since nothing of it is there afterwards. */
import { systemNamespace } from "../../operator/apis/group.ts";
import type { Substrate } from "./substrate.ts";

const linesMax = 15;
const parts = ["operator", "gateway", "governance", "ollama"];

export async function remains(node: Substrate): Promise<string> {
  const pods = await node.tryKubectl(["get", "pods", "-A", "-o", "wide"]);
  const warnings = await node.tryKubectl(["get", "events", "-A", "--field-selector=type=Warning"]);
  const logs = await Promise.all(parts.map((part) => lastWords(node, part)));
  return [pods.stdout, lastLines(warnings.stdout), ...logs].join("\n");
}

async function lastWords(node: Substrate, part: string): Promise<string> {
  const which = ["-l", `app.kubernetes.io/name=${part}`, `--tail=${linesMax}`, "--prefix"];
  const { stdout } = await node.tryKubectl(["-n", systemNamespace, "logs", ...which]);
  return stdout;
}

function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-linesMax).join("\n");
}
