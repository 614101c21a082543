/** Who reaches Ollama, where a network enforces what the chart's NetworkPolicies say. Ollama itself asks nobody who they are. */
import { expect, test } from "vitest";
import { systemNamespace } from "../../operator/apis/group.ts";
import { ollamaUrl } from "../node/installation.ts";
import { runPod } from "../node/restricted-pod.ts";
import type { Story } from "../node/story.ts";

const ollama = `${ollamaUrl}/api/version`;
const gateway = `http://commonhold-gateway.${systemNamespace}.svc.cluster.local:11435/readyz`;

export function policyTests({ node, kubectl }: Story): void {
  // That it reaches the gateway shows that it is the policy which keeps it from Ollama, and not a fault of the network.
  const strangers: [string, string][] = [
    ["in the services' own namespace", systemNamespace],
    ["in another namespace", "default"],
  ];
  test.each(strangers)("a pod of nobody's %s reaches the gateway and not Ollama", async (_, namespace) => {
    const command = asking(gateway, ollama);
    const { text } = await runPod(node(), { name: "stranger", namespace, command });
    expect(text.trim().split("\n")).toEqual([`${gateway} 200`, `${ollama} no answer`]);
  });

  test.each(["gateway", "operator"])("the %s reaches Ollama", async (name) => {
    const said = await kubectl("exec", `deployment/commonhold-${name}`, "--", ...asking(ollama));
    expect(said.trim()).toBe(`${ollama} 200`);
  });
}

const patienceMs = 15_000;

/** A program that prints `URL STATUS` or `URL no answer`, one after the other. */
function asking(...urls: readonly string[]): string[] {
  const program = `(async () => {
    for (const url of process.argv.slice(1)) {
      const asked = fetch(url, { signal: AbortSignal.timeout(${patienceMs}) });
      console.log(url, await asked.then(({ status }) => status, () => "no answer"));
    }
  })()`;
  return ["node", "-e", program, ...urls];
}
