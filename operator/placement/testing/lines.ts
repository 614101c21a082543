/** A plan in words, for tests. */
import type { Plan } from "../plan.ts";
import { leaveInWords } from "../sentences.ts";

/** `m/r1 Keep host-a`, one line per replica, and why for those that leave. */
export function lines({ deployments }: Plan): string[] {
  return deployments.flatMap(({ deployment, replicas }) =>
    replicas.map(({ id, hosts, action }) => {
      const why = "why" in action ? `: ${leaveInWords(action.why)}` : "";
      return `${deployment.split("/")[1]}/${id} ${action.kind} ${hosts.map(({ name }) => name).join("+")}${why}`;
    }),
  );
}
