/** What the services did, read off the API server's audit log, beside what their generated permissions let them do. */
import { readFileSync } from "node:fs";
import { systemNamespace } from "../../operator/apis/group.ts";
import type { Permission, Service } from "../../operator/apis/permissions.ts";

/** A watch is answered when it starts, and complete only when it ends. */
const answered = new Set(["ResponseStarted", "ResponseComplete"]);

interface AuditEvent {
  user?: { username?: string };
  verb: string;
  stage: string;
  objectRef?: { apiGroup?: string; resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
}

export interface Use {
  /** `verb group/resource[/subresource]`, and where a permission holds only there, ` in <namespace>`. */
  what: string;
  refused: boolean;
}

/** Every use that a service made of the API, each once. */
export function usesOf(service: Service, auditLogPath: string): Use[] {
  const user = `system:serviceaccount:${systemNamespace}:${service.name}`;
  const uses = new Map<string, Use>();
  for (const line of readFileSync(auditLogPath, "utf8").split("\n").filter(Boolean)) {
    const event = JSON.parse(line) as AuditEvent;
    if (event.user?.username !== user || !event.objectRef?.resource || !answered.has(event.stage)) continue;
    const refused = event.responseStatus?.code === 403;
    const { apiGroup = "", resource, subresource } = event.objectRef;
    const what = `${event.verb} ${apiGroup}/${[resource, subresource].filter(Boolean).join("/")}`;
    uses.set(`${what} ${refused}`, { what, refused });
  }
  return [...uses.values()];
}

/** Every single thing that a service may do; `always` leaves out what only a rare moment needs. */
export function grantsOf(service: Service, which: "always" | "all" = "all"): string[] {
  const permissions = service.permissions.filter(({ onlyWhen }) => which === "all" || onlyWhen === undefined);
  const all = permissions.flatMap(({ group, resources, verbs }: Permission) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
  );
  return [...new Set(all)];
}
