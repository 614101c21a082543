/** The fixture of the deployments' integration tests: a community of its own for each test, cleaned up after it. */
import { join } from "node:path";
import { afterEach, beforeAll } from "vitest";
import type { ModelDeployment } from "../../operator/apis/model-deployment.ts";
import { installCrds, test, workerControlPlane } from "../control-plane/test.ts";
import type { OllamaDouble } from "../doubles/ollama/double.ts";
import { shortest } from "../doubles/ollama/names.ts";
import { Community, type CommunityOptions } from "./community.ts";

const crds = join(import.meta.dirname, "../../manifests/crds");
const communities: Community[] = [];

/** Call it once in each file. */
export function useCommunities(): void {
  beforeAll(async () => {
    await installCrds(await workerControlPlane(), crds);
  });
  afterEach(async () => {
    for (const community of communities.splice(0)) await community.close();
  });
}

export function newCommunity(options: CommunityOptions): Community {
  const community = new Community(options);
  communities.push(community);
  return community;
}

/** Limits with which what only shows progress waits longer than any way takes: what is left are the writes that others act on. */
export const unhurried = { softWriteMs: 60_000, progressMs: 60_000 };

export const it = test.extend("community", ({ plane, namespace }) => newCommunity({ plane, namespace }));

export function condition(deployment: ModelDeployment | undefined, type: string) {
  return deployment?.status?.conditions?.find((each) => each.type === type);
}

/** The condition has this status, and this reason. */
export function says(type: string, status: string, reason?: string) {
  return (deployment: ModelDeployment | undefined): boolean => {
    const found = condition(deployment, type);
    return found?.status === status && (reason === undefined || found.reason === reason);
  };
}

export function modelsOn(host: OllamaDouble): { name: string; digest: string }[] {
  const listed = host.disk.list().map(({ name, manifest }) => ({ name: shortest(name), digest: manifest.digest }));
  return listed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export function namesOn(host: OllamaDouble): string[] {
  return modelsOn(host).map(({ name }) => name);
}

export function servedOn({ status }: ModelDeployment): string {
  return status?.replicas?.[0]?.hosts[0]?.model ?? "";
}

export function pulls(host: OllamaDouble): number {
  return host.requests.filter(({ path }) => path === "/api/pull").length;
}
