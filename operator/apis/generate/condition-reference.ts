/** `docs/reference/conditions.md`: every condition, reason and event that a status or `kubectl describe` can show. */
import { decisionConditions, decisionEvents, decisionReasons } from "../conditions/decision.ts";
import {
  modelDeploymentConditions,
  modelDeploymentEvents,
  modelDeploymentReasons,
} from "../conditions/model-deployment.ts";
import { modelHostConditions, modelHostEvents, modelHostReasons } from "../conditions/model-host.ts";

type Sentences = Readonly<Record<string, string>>;

const intro = `# Conditions, reasons and events

Generated from \`operator/apis/conditions\` by \`npm run generate\`. Do not edit.

A condition is a state. Its reason is one word for programs, from the list below; its message is a sentence for people, with numbers and the
next step. Events tell what happened, once.
`;

const kinds: readonly [kind: string, conditions: Sentences, reasons: Sentences, events: Sentences][] = [
  ["ModelDeployment", modelDeploymentConditions, modelDeploymentReasons, modelDeploymentEvents],
  ["ModelHost", modelHostConditions, modelHostReasons, modelHostEvents],
  ["Decision", decisionConditions, decisionReasons, decisionEvents],
];

export function conditionReference(): string {
  const sections = kinds.map(([kind, conditions, reasons, events]) =>
    [`\n## ${kind}\n`, table("Condition", conditions), table("Reason", reasons), table("Event", events)].join("\n"),
  );
  return intro + sections.join("");
}

function table(head: string, sentences: Sentences): string {
  const rows = Object.entries(sentences).map(
    ([word, sentence]) => `| \`${word}\` | ${sentence.replaceAll("|", "\\|")} |\n`,
  );
  return `| ${head} | |\n| --- | --- |\n${rows.join("")}`;
}
