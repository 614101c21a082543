/** Ollama's side of the gateway: `/api`, and `/` that its clients knock at. */
import type { FastifyInstance } from "fastify";
import { visibleDeployments } from "../catalogue/snapshot.ts";
import { gatewayError } from "../errors.ts";
import type { Gateway } from "../exchange/gateway.ts";
import { ollamaLoaded, ollamaTags } from "../protocols/ollama/models.ts";
import { hostChanges, ollama, ollamaRoutes } from "../protocols/ollama/routes.ts";
import { ollamaVersion } from "../protocols/ollama/version.ts";
import { inferenceRoutes } from "./inference.ts";
import { showRoute } from "./ollama-show.ts";
import { principalOf } from "./state.ts";

export function ollamaSide(app: FastifyInstance, gateway: Gateway): void {
  const config = { protocol: ollama, scope: "models", limited: true } as const;
  const snapshot = () => gateway.catalogue.snapshot();
  inferenceRoutes(app, gateway, ollamaRoutes);
  app.get("/", { config: { protocol: ollama, quiet: true } }, async (_request, reply) =>
    reply.type("text/plain; charset=utf-8").send("Ollama is running"),
  );
  app.get("/api/tags", { config }, async (request) =>
    ollamaTags(visibleDeployments(snapshot(), principalOf(request).deployments)),
  );
  app.get("/api/ps", { config }, async (request) =>
    ollamaLoaded(visibleDeployments(snapshot(), principalOf(request).deployments)),
  );
  app.get("/api/version", { config: { protocol: ollama } }, async () => ollamaVersion(snapshot().hosts.values()));
  showRoute(app, gateway);
  refuseHostChanges(app);
}

/** With every method and everything below the path, and without asking for a key: nobody may. */
function refuseHostChanges(app: FastifyInstance): void {
  for (const change of hostChanges) {
    for (const url of [`/api/${change}`, `/api/${change}/*`]) {
      app.all(url, { config: { protocol: ollama } }, async () => {
        throw gatewayError("host_change_refused", { action: `/api/${change}` });
      });
    }
  }
}
