/** What the services did, read off the API server's audit log, beside what their generated permissions let them do. */
import { systemNamespace } from "../../operator/apis/group.ts";
import type { Permission, Service } from "../../operator/apis/permissions.ts";
import { auditEntries } from "../control-plane/audit-log.ts";

/** A watch is answered when it starts, and complete only when it ends. */
const answered = new Set(["ResponseStarted", "ResponseComplete"]);

interface AuditEvent {
  user?: { username?: string };
  verb: string;
  stage: string;
  objectRef?: { apiGroup?: string; resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
}

/** What Kubernetes lets everybody do (ClusterRole `system:basic-user`); governance learns the API server's time by it. */
const everybodys = "create authentication.k8s.io/selfsubjectreviews";

export interface Use {
  /** `verb group/resource[/subresource]`, and where a permission holds only there, ` in <namespace>`. */
  what: string;
  refused: boolean;
}

/** Every use that a service made of the API, each once. */
export function usesOf(service: Service, auditLogPath: string): Use[] {
  const user = `system:serviceaccount:${systemNamespace}:${service.name}`;
  const uses = new Map<string, Use>();
  for (const event of auditEntries<AuditEvent>(auditLogPath)) {
    if (event.user?.username !== user || !event.objectRef?.resource || !answered.has(event.stage)) continue;
    const { code } = event.responseStatus ?? {};
    const refused = code === 403;
    const { apiGroup = "", resource, subresource } = event.objectRef;
    // Who applies what is not there yet needs the right to create it, too.
    const verbs = event.verb === "patch" && code === 201 ? ["patch", "create"] : [event.verb];
    for (const verb of verbs) {
      const what = `${verb} ${apiGroup}/${[resource, subresource].filter(Boolean).join("/")}`;
      uses.set(`${what} ${refused}`, { what, refused });
    }
  }
  return [...uses.values()];
}

/** What of the uses no permission of the service covers. */
export function ungranted(service: Service, uses: readonly Use[]): string[] {
  const granted = [...grantsOf(service), everybodys];
  return uses.map(({ what }) => what).filter((what) => !granted.includes(what));
}

/** Every single thing that a service may do; `always` leaves out what only a rare moment needs. */
export function grantsOf(service: Service, which: "always" | "all" = "all"): string[] {
  const permissions = service.permissions.filter(({ onlyWhen }) => which === "all" || onlyWhen === undefined);
  const all = permissions.flatMap(({ group, resources, verbs }: Permission) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
  );
  return [...new Set(all)];
}
