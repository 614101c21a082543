/** Asks the gateway as any client would, and hands the answer on as it streams in. */
import { lines } from "../../../operator/text/lines.ts";
import { printable } from "../../../operator/text/printable.ts";

const answerCharsMax = 100_000;
const lineBytesMax = 1024 * 1024;

export interface Question {
  url: string;
  key: string;
  model: string;
  prompt: string;
  signal: AbortSignal;
}

export interface Answer {
  text: string;
  /** Tokens of the answer, as the host counted them. */
  tokens: number;
}

/** Over the OpenAI protocol, streamed. Rejects with the gateway's own words when it refuses or breaks off. */
export async function ask(question: Question, onText: (text: string) => void): Promise<Answer> {
  const response = await fetch(`${question.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${question.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: question.model,
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content: question.prompt }],
    }),
    signal: question.signal,
  });
  if (!response.ok || !response.body)
    throw new Error(`the gateway refused the question (${response.status}): ${await refusal(response)}`);
  const answer: Answer = { text: "", tokens: 0 };
  let ended = false;
  for await (const event of events(response.body)) {
    if (event === "end") {
      ended = true;
      continue;
    }
    if (event.error) throw new Error(`the answer broke off: ${event.error.message}`);
    const text = event.choices?.[0]?.delta?.content ?? "";
    answer.tokens = event.usage?.completion_tokens ?? answer.tokens;
    if (!text) continue;
    if (answer.text.length + text.length > answerCharsMax)
      throw new Error(`the answer is longer than ${answerCharsMax} characters`);
    answer.text += text;
    onText(shown(text));
  }
  if (!ended) throw new Error("the answer broke off: the connection ended before the answer did");
  if (!answer.text.trim()) throw new Error("the model gave an empty answer");
  return answer;
}

interface ChatEvent {
  choices?: { delta?: { content?: string } }[];
  usage?: { completion_tokens?: number };
  error?: { message: string };
}

async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<ChatEvent | "end"> {
  const tooLong = (max: number): Error => new Error(`a line of the answer is longer than ${max} bytes`);
  for await (const line of lines(body, { bytesMax: lineBytesMax, tooLong })) {
    const data = line.startsWith("data:") ? line.slice(5).trim() : "";
    if (data) yield data === "[DONE]" ? "end" : parsed(data);
  }
}

function parsed(data: string): ChatEvent {
  try {
    return JSON.parse(data) as ChatEvent;
  } catch (cause) {
    throw new Error(`the answer is no JSON: ${printable(data, 200)}`, { cause });
  }
}

/** A model may print anything; a terminal gets only text and line ends. */
function shown(text: string): string {
  return text
    .split("\n")
    .map((line) => printable(line, answerCharsMax))
    .join("\n");
}

async function refusal(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, 2_000);
  return printable(text, 2_000);
}
