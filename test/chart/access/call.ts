/** One request to the API server as data, and what its authorizer makes of it. */

export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export const get = (path: string): Call => ({ method: "GET", path });
export const watch = (path: string): Call => ({ method: "GET", path: `${path}?watch=true&timeoutSeconds=1` });
export const post = (path: string, body: object): Call => ({ method: "POST", path, body });
/** Writes back what it reads there, as who keeps a Lease does. */
export const put = (path: string): Call => ({ method: "PUT", path });
export const merge = (path: string, body: object): Call => ({ method: "PATCH", path, body });
export const remove = (path: string): Call => ({ method: "DELETE", path });

/** Server-side apply. */
export function apply(path: string, body: object, fieldManager: string): Call {
  const headers = { "content-type": "application/apply-patch+yaml" };
  return { method: "PATCH", path: `${path}?fieldManager=${fieldManager}&force=true`, body, headers };
}

export interface Attributes {
  readonly verb: string;
  readonly group: string;
  /** With its subresource, as a rule names it. */
  readonly resource: string;
  readonly namespace?: string;
}

/**
 * As the API server reads them off a request.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 */
export function attributesOf({ method, path }: Call): Attributes {
  const [pathname = "", query = ""] = path.split("?");
  const [root, ...parts] = pathname.split("/").filter((part) => part !== "");
  const group = root === "apis" ? (parts[0] ?? "") : "";
  const rest = parts.slice(root === "apis" ? 2 : 1);
  const isInNamespace = rest[0] === "namespaces" && rest.length > 2 && !namespaceSubresources.includes(rest[2] ?? "");
  const namespace = isInNamespace ? rest[1] : undefined;
  const [plural = "", name, subresource] = isInNamespace ? rest.slice(2) : rest;
  return {
    verb: verbOf(method, name !== undefined, query.includes("watch=true")),
    group,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

const namespaceSubresources = ["status", "finalize"];

function verbOf(method: Call["method"], isNamed: boolean, isWatch: boolean): string {
  switch (method) {
    case "GET":
      return isNamed ? "get" : isWatch ? "watch" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return isNamed ? "delete" : "deletecollection";
  }
}
