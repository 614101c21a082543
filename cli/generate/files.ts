import { generatedReference } from "../../api/reference/files.ts";
import { generatedGitHubFiles } from "../../governance/forges/github/reference/files.ts";
import { governanceReference } from "../../governance/service/reference/pages.ts";
import { generatedManifests } from "../../operator/apis/generate/manifests.ts";
import { operatorReference } from "../../operator/server/reference/pages.ts";
import { chartFiles } from "./chart.ts";
import { cliPage } from "./cli-page.ts";
import { dashboardFiles } from "./dashboards/files.ts";
import { sizingFiles } from "./sizing/page.ts";

/** Every generated file: path from the repository's root to content. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const manifests = generatedManifests();
  return new Map([
    ...manifests,
    ...(await chartFiles(process.cwd(), manifests)),
    ...cliPage(),
    ...dashboardFiles(),
    ...(await sizingFiles(process.cwd())),
    ...generatedReference(),
    ...(await operatorReference()),
    ...(await governanceReference()),
    ...generatedGitHubFiles(),
  ]);
}
