/** A question whose answer is a stream of JSON lines. A line that says `error` ends it as a refusal, inside a 200 too. */
import type { CallTimer } from "../call-timer.ts";
import { ndjson } from "../ndjson.ts";
import { type Call, type Host, refused } from "./client.ts";
import { refusal } from "./refusal.ts";

export async function* lines(
  host: Host,
  call: Call,
  path: string,
  json: unknown,
  timer: CallTimer,
): AsyncGenerator<Record<string, unknown>> {
  const { transport } = host;
  const answer = await transport.ask({ method: "POST", path, json, timer });
  if (answer.status !== 200) throw await refused(transport, answer, call, timer);
  try {
    for await (const line of ndjson(answer.body)) {
      if ("error" in line) throw refusal(call.doing ?? "ask", call.what, String(line["error"]));
      yield line;
    }
  } catch (error) {
    throw transport.failure(error, timer.signal);
  } finally {
    answer.body.destroy();
  }
}
