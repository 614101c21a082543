/** Changes of single values in a YAML file that a person may have written: comments and the order of things stay. */
import { isDeepStrictEqual } from "node:util";
import { isNode, parseDocument } from "yaml";

export interface ValueAt {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** Undefined where everything is so already. Throws a YAMLParseError for what is no YAML. */
export function editYaml(text: string, wanted: readonly ValueAt[]): string | undefined {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw error;
  const differing = wanted.filter(({ path, value }) => {
    const node = document.getIn(path, true);
    return !isDeepStrictEqual(isNode(node) ? node.toJS(document) : node, value);
  });
  if (differing.length === 0) return undefined;
  for (const { path, value } of differing) document.setIn(path, value);
  return document.toString({ lineWidth: 0 });
}
