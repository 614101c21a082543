/** What the chart has from other rooms: kinds, roles and policies as they are generated there, and its values as a page. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { chartValuePaths, chartValuesPage } from "./chart-values.ts";

const chart = "charts/commonhold";

/** `manifests`: path to content, of which those below `manifests/` are the chart's too. `root`: of the repository. */
export async function chartFiles(root: string, manifests: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const copies = [...manifests].flatMap(([path, content]): [string, string][] => {
    const [, folder, name] = /^manifests\/(crds|rbac|admission|guard)\/([^/]+\.yaml)$/.exec(path) ?? [];
    return folder === undefined ? [] : [[`${chart}/files/${folder}/${name}`, content]];
  });
  const read = (name: string): Promise<string> => readFile(join(root, chart, name), "utf8");
  const [values, schema] = [await read("values.yaml"), JSON.parse(await read("values.schema.json"))];
  return new Map([
    ...copies,
    [`${chart}/files/values.txt`, chartValuePaths(values, schema)],
    ["docs/reference/chart-values.md", chartValuesPage(values, schema)],
  ]);
}
