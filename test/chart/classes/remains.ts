/** What the cluster was when a test failed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runKubectl } from "../../control-plane/test.ts";
import type { Cluster } from "./cluster.ts";

const shownChars = 3_000;

export async function remains({ plane, logs }: Cluster): Promise<string> {
  const asked = [
    ["get", "nodes", "-o", "wide"],
    ["get", "pods,daemonsets", "-A", "-o", "wide"],
    ["get", "events", "-A", "--sort-by=.lastTimestamp"],
  ];
  const answers = await Promise.all(asked.map((args) => runKubectl(plane, args)));
  const said = ["kube-controller-manager", "kube-scheduler", "kwok"].map((name) => [
    name,
    readFileSync(join(logs, `${name}.log`), "utf8"),
  ]);
  return [...answers.map(({ stdout, stderr }, at) => [asked[at]?.join(" "), stdout || stderr]), ...said]
    .map(([title, text]) => `— ${title}\n${text?.slice(-shownChars)}`)
    .join("\n");
}
