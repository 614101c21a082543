/** With what the policy of one person begins: `manifests/policy-embedded`, filled in. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Founder {
  /** Name of the Member. */
  readonly name: string;
  /** Lines of `.pub` files. */
  readonly memberKey: string;
  readonly ollamaKey: string | undefined;
  /** A day of the calendar. */
  readonly joined: string;
  readonly machine: string;
}

const paths = ["README.md", "constitution.yaml", "members.yaml"] as const;

/** Text by path. `root`: of the clone or package. */
export function genesisFiles(root: string, founder: Founder): Record<string, string> {
  return Object.fromEntries(
    paths.map((path) => {
      const template = readFileSync(join(root, "manifests/policy-embedded", path), "utf8");
      return [path, filled(withoutMissing(template, founder), founder)];
    }),
  );
}

/** A person without Ollama's key has no line for it, and no comment that speaks of it. */
function withoutMissing(template: string, { ollamaKey }: Founder): string {
  return ollamaKey === undefined ? template.replace(/ +#[^\n]*\n +- OLLAMA_SSH_KEY\n/, "") : template;
}

function filled(template: string, { name, memberKey, ollamaKey = "", joined, machine }: Founder): string {
  const values = {
    COMMUNITY_NAME: JSON.stringify(`${name}'s community`),
    MEMBER_NAME: JSON.stringify(name),
    MEMBER_SSH_KEY: JSON.stringify(memberKey),
    OLLAMA_SSH_KEY: JSON.stringify(ollamaKey),
    MEMBER_JOINED: joined,
    MACHINE_NAME: machine,
  };
  // Quoted: a name such as `on` or `1e3` is a text, whoever reads it.
  return Object.entries(values).reduce((text, [place, value]) => text.replaceAll(place, () => value), template);
}
