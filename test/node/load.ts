/** Members who ask without a pause, each time over a new connection, as many short-lived clients do. */
import { Agent, fetch } from "undici";

export interface Answered {
  /** Milliseconds, monotonic. */
  readonly begun: number;
  readonly took: number;
  /** 0: there was no answer. */
  readonly status: number;
  readonly text: string;
  /** It came to its own end: a client that was cut off sees that it was. */
  readonly isWhole: boolean;
}

export interface Load {
  readonly answers: readonly Answered[];
  /** Lets what is under way end. */
  stop(): Promise<void>;
}

const askTimeoutMs = 90_000;
const streamEnd = "data: [DONE]\n\n";

export async function ask(url: string, key: string, model: string, stream = false): Promise<Answered> {
  const begun = performance.now();
  const dispatcher = new Agent({ pipelining: 0 });
  const ended = (status: number, text: string) => ({
    ...{ begun, took: performance.now() - begun, status, text },
    isWhole: /"finish_reason":"\w+"/.test(text) && !text.includes('"error":') && (!stream || text.endsWith(streamEnd)),
  });
  try {
    const messages = [{ role: "user", content: "hello" }];
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      dispatcher,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model, messages, max_tokens: 8, stream }),
      signal: AbortSignal.timeout(askTimeoutMs),
    });
    return ended(response.status, await response.text());
  } catch (error) {
    return ended(0, String((error as Error).cause ?? error));
  } finally {
    await dispatcher.close();
  }
}

export function startLoad(workers: number, question: () => Promise<Answered>): Load {
  const answers: Answered[] = [];
  let going = true;
  const work = async (): Promise<void> => {
    while (going) answers.push(await question());
  };
  const working = Array.from({ length: workers }, work);
  return {
    answers,
    stop: async () => {
      going = false;
      await Promise.all(working);
    },
  };
}
