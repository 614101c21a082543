/** What an owner of the render would say differs in the cluster: nothing, unless somebody else wrote what it owns. */
import { stringify } from "yaml";
import type { ControlPlane } from "../../../cli/up/control-plane/control-plane.ts";
import { kubectl, runKubectl } from "../../control-plane/test.ts";
import type { Manifest } from "../helm.ts";

/**
 * A server-side apply by a dry run, compared with what is there: what Argo CD does with `ServerSideDiff=true`, and Flux with
 * `driftDetection`. Resolves to what `diff` prints, or nothing.
 */
export async function drift(plane: ControlPlane, objects: readonly Manifest[], fieldManager: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    const shown = await compared(plane, objects, fieldManager);
    if (!isOfTwoMoments(shown) || tries === triesMax) return shown;
  }
}

const triesMax = 20;

/**
 * kubectl reads an object, and then asks for the dry run. A dry run stores nothing, so where the version is another one somebody wrote
 * in between, and what is shown are two moments of the cluster.
 */
function isOfTwoMoments(shown: string): boolean {
  return /^\+ {2}resourceVersion:/m.test(shown);
}

async function compared(plane: ControlPlane, objects: readonly Manifest[], fieldManager: string): Promise<string> {
  const how = ["--server-side", "--force-conflicts", `--field-manager=${fieldManager}`];
  const { code, stdout, stderr } = await runKubectl(plane, ["diff", ...how, "-f", "-"], { stdin: documents(objects) });
  if (code !== 0 && code !== 1) throw new Error(`kubectl diff ended with ${code}: ${stderr}`);
  // 1 is both "something differs" and "something failed".
  if (code === 1 && stdout === "") throw new Error(`kubectl diff: ${stderr}`);
  return stdout;
}

/** Names of what `diff` shows, as `kind name`. */
export function named(diff: string): string[] {
  const files = diff.split("\n").flatMap((line) => /^diff .*\/([^/]+)$/.exec(line)?.[1] ?? []);
  return files.map((file) => {
    const [, kind, name] = /^.*?\.?v\d+\.([A-Z]\w+)\.[^.]*\.(.+)$/.exec(file) ?? [];
    return `${kind} ${name}`;
  });
}

/** Everything as it is, but for what each write changes and for what others say of it. */
export async function state(plane: ControlPlane, objects: readonly Manifest[]): Promise<object[]> {
  return (await live(plane, objects)).map(({ status: _, metadata, ...rest }) => {
    const { resourceVersion: _version, managedFields: _managers, ...lasting } = metadata as Record<string, unknown>;
    return { ...rest, metadata: lasting };
  });
}

/**
 * Every value of the render that the API server did not store as it was sent, as `kind name path: sent, is stored`. A comparison on the
 * side of the client (Argo CD's default) shows each of them for ever.
 */
export async function storedOtherwise(plane: ControlPlane, objects: readonly Manifest[]): Promise<string[]> {
  return otherwise(objects, await live(plane, objects));
}

/** The same for what would be stored. */
export async function wouldBeStoredOtherwise(plane: ControlPlane, objects: readonly Manifest[]): Promise<string[]> {
  const args = ["apply", "--server-side", "--dry-run=server", "-o", "json", "-f", "-"];
  return otherwise(objects, JSON.parse(await kubectl(plane, args, { stdin: documents(objects) })).items);
}

function otherwise(sent: readonly Manifest[], stored: readonly Manifest[]): string[] {
  return sent.flatMap((object, at) => {
    const found = differences(object, stored[at], "");
    return found.map((difference) => `${object.kind} ${object.metadata.name} ${difference}`);
  });
}

function differences(sent: unknown, stored: unknown, path: string): string[] {
  if (typeof sent !== "object" || sent === null)
    return sent === stored ? [] : [`${path}: ${JSON.stringify(sent)}, is ${JSON.stringify(stored)}`];
  if (typeof stored !== "object" || stored === null) return [`${path}: ${JSON.stringify(sent)}, is ${stored}`];
  return Object.entries(sent).flatMap(([key, value]) =>
    differences(value, (stored as Record<string, unknown>)[key], `${path}/${key}`),
  );
}

async function live(plane: ControlPlane, objects: readonly Manifest[]): Promise<Manifest[]> {
  const found = await kubectl(plane, ["get", "-o", "json", "-f", "-"], { stdin: documents(objects) });
  return JSON.parse(found).items;
}

function documents(objects: readonly Manifest[]): string {
  return objects.map((object) => stringify(object, { compat: "yaml-1.1" })).join("---\n");
}
