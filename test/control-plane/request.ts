import { request } from "node:https";
import type { ControlPlane, Identity } from "../../cli/up/control-plane/control-plane.ts";

export interface ApiAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API server answered; each test knows what it asked for.
  body: any;
}

export interface ApiCall {
  method: string;
  path: string;
  body?: unknown;
  token: string;
  /** Beside those that every call has. */
  headers?: Readonly<Record<string, string>>;
}

/** One bare request to the API server, with JSON in and out, for tests that must not depend on our own client. */
export function requestApi(
  plane: ControlPlane,
  method: string,
  path: string,
  body?: unknown,
  identity: Identity | string = "admin",
): Promise<ApiAnswer> {
  return callApi(plane, { method, path, body, token: plane.token(identity) });
}

/** The same for whoever holds a token. */
export function callApi(plane: ControlPlane, call: ApiCall): Promise<ApiAnswer> {
  const { method, path, body, token } = call;
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
      ...call.headers,
    };
    const options = { method, headers, ca: plane.authority, agent: false, timeout: 30_000 };
    const sent = request(`${plane.url}${path}`, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: parsed(text) }));
    });
    sent.on("timeout", () => sent.destroy(new Error(`${method} ${path}: no answer`)));
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

let namespaces = 0;

/** A namespace that no other test uses. It is not deleted: no controller would finish that; the whole server goes. */
export async function createNamespace(plane: ControlPlane, labels: Record<string, string> = {}): Promise<string> {
  namespaces += 1;
  const name = `test-${process.pid}-${namespaces}`;
  const { status, body } = await requestApi(plane, "POST", "/api/v1/namespaces", { metadata: { name, labels } });
  if (status !== 201) throw new Error(`namespace ${name}: ${status} ${JSON.stringify(body)}`);
  return name;
}
