import pc from "picocolors";
import { communityNamespace } from "./sample.ts";

export interface GuideFacts {
  url: string;
  key: string;
  model: string;
  envPath: string;
  kubectl: string;
  ollamaCommand: { program: string; home: string };
  /** The `commonhold` command: what Node runs. */
  commonhold: string;
}

/** How to go on, each line to be copied as it stands. */
export function guide(facts: GuideFacts): string[] {
  return [
    "",
    `${pc.bold("Your community answers.")} Everything below works from another terminal:`,
    "",
    `  ${pc.dim("# the settings, for a shell or any tool that reads dotenv files")}`,
    `  set -a; . ${quoted(facts.envPath)}; set +a`,
    "",
    `  ${pc.dim("# ask, as any OpenAI client does")}`,
    `  curl ${facts.url}/v1/chat/completions -H "Authorization: Bearer $COMMONHOLD_API_KEY" \\`,
    `    -H 'Content-Type: application/json' -d '{"model":"${facts.model}","messages":[{"role":"user","content":"Hello!"}]}'`,
    "",
    `  ${pc.dim("# watch what is served, and on which machine")}`,
    `  ${quoted(facts.kubectl)} -n ${communityNamespace} get md -w`,
    "",
    `  ${pc.dim("# decide something else: change a file of the policy and propose it; it says how to go on")}`,
    `  git clone "$COMMONHOLD_POLICY" policy && cd policy && \${EDITOR:-vi} models/${facts.model}.yaml`,
    `  commonhold() { node ${quoted(facts.commonhold)} "$@"; }; commonhold propose -m "another context"`,
    "",
    `  ${pc.dim("# chat with Ollama's own command, which signs its requests instead of sending a key")}`,
    `  HOME=${quoted(facts.ollamaCommand.home)} OLLAMA_AUTH=1 OLLAMA_HOST=${facts.url} ${quoted(facts.ollamaCommand.program)} run ${facts.model}`,
    "",
    `  gateway  ${facts.url}`,
    `  key      ${facts.key}`,
    "",
    `${pc.dim("Ctrl-C stops everything; the next start goes on from here.")}`,
  ];
}

/** As a shell reads it back; bare where that is the same. */
function quoted(path: string): string {
  return /^[\w./:@%+,=-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
