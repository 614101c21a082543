/**
 * Kinds of others that the chart has objects of: their CRDs, as their own projects publish or generate them. The Gateway API's lie in its module; the
 * Prometheus operator's are made from the types of its module by controller-gen, as its own makefile makes them.
 */
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheRoot } from "../../cli/up/binaries/cache.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { run } from "../programs/run.ts";

export const foreignKinds = ["HTTPRoute", "PrometheusRule", "ServiceMonitor"];

const gatewayApi = "sigs.k8s.io/gateway-api@v1.6.3";
const prometheusOperator = "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring";
const prometheusOperatorVersion = "v0.95.2";
const generator = "sigs.k8s.io/controller-tools/cmd/controller-gen@v0.20.0";
const gatewayApiFile = "gateway.networking.k8s.io_httproutes.yaml";
const prometheusOperatorFiles = [
  "monitoring.coreos.com_prometheusrules.yaml",
  "monitoring.coreos.com_servicemonitors.yaml",
];

/** The folder of the CRDs, made where it is not there yet. */
export async function foreignCrds(): Promise<string> {
  const cache = join(cacheRoot(process.env), "schemas");
  const folder = join(cache, `foreign-${prometheusOperatorVersion}`);
  if (existsSync(folder)) return folder;
  const made = `${folder}.${process.pid}`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  try {
    await makeGatewayApi(made);
    await makePrometheusOperator(made);
    renameSync(made, folder);
  } catch (cause) {
    rmSync(made, { recursive: true, force: true });
    const words = "the CRDs of the Gateway API and of the Prometheus operator could not be had";
    if (!existsSync(folder)) throw new Error(`${words}: install Go, and see that it reaches a module proxy`, { cause });
  }
  return folder;
}

async function makeGatewayApi(into: string): Promise<void> {
  const said = await run("go", ["mod", "download", "-json", gatewayApi], { cwd: tmpdir() });
  const { Dir } = JSON.parse(said) as { Dir: string };
  copyFileSync(join(Dir, "config/crd/standard", gatewayApiFile), join(into, gatewayApiFile));
}

async function makePrometheusOperator(into: string): Promise<void> {
  const cwd = scratchDirectory("prometheus-operator");
  const made = join(cwd, "made");
  writeFileSync(join(cwd, "types.go"), `package types\n\nimport _ "${prometheusOperator}/v1"\n`);
  await run("go", ["mod", "init", "commonhold.dev/types"], { cwd });
  await run("go", ["get", `${prometheusOperator}@${prometheusOperatorVersion}`], { cwd });
  const env = { ...process.env, GOFLAGS: "-mod=mod" };
  await run("go", ["run", generator, "crd", `paths=${prometheusOperator}/v1`, `output:crd:dir=${made}`], { cwd, env });
  for (const file of prometheusOperatorFiles) copyFileSync(join(made, file), join(into, file));
}
