/** `docs/reference/errors.md`, from the table of errors. */
import { errorCodes, errorTable } from "../errors.ts";

const intro = `# Errors of the gateway

Generated from \`api/errors.ts\` by \`npm run generate\`. Do not edit.

Every refusal has a code that programs can rely on and a sentence for people; words in braces are filled in. How it looks depends on
the protocol that was spoken:

- OpenAI (\`/v1\`): \`{"error": {"message": "…", "type": "…", "param": "model", "code": "model_not_found"}}\`
- Ollama (\`/api\`): \`{"error": "…", "code": "model_not_found"}\`
- After the first byte of a stream the status is sent already: the same object comes as the last event (\`data: {"error": …}\`) or the last
  line. An answer in one piece that breaks is cut off, so that nobody takes half of it for the whole.

429 and 503 carry \`Retry-After\` in seconds. Every answer carries \`x-request-id\`, which the gateway's log and the host's request have too.

| Code | Status | Type | Sentence |
| --- | --- | --- | --- |
`;

export function errorsPage(): string {
  return intro + errorCodes.map(row).join("");
}

function row(code: (typeof errorCodes)[number]): string {
  const { status, type, sentence } = errorTable[code];
  const shown = code === "host_refused" ? "the host's own, 4xx" : String(status);
  return `| \`${code}\` | ${shown} | \`${type}\` | ${sentence.replaceAll("|", "\\|")} |\n`;
}
