/** `/api/show`: what a model is, as one of its hosts says it. */
import type { FastifyInstance } from "fastify";
import { fullName } from "../catalogue/snapshot.ts";
import { describeModel } from "../exchange/describe.ts";
import type { Gateway } from "../exchange/gateway.ts";
import { readJsonBody } from "../json/body.ts";
import { checkShape } from "../json/check.ts";
import { ollama, showSchema } from "../protocols/ollama/routes.ts";
import { shownToClients } from "../protocols/ollama/show.ts";
import { resolveModel } from "../routing/name.ts";
import { bodyBytes } from "./body.ts";
import { principalOf } from "./state.ts";

export function showRoute(app: FastifyInstance, gateway: Gateway): void {
  const config = { protocol: ollama, scope: "models", limited: true } as const;
  app.post("/api/show", { config }, async function show(request, reply) {
    const { member, deployments } = principalOf(request);
    const { model, name } = checkShape(showSchema, readJsonBody(bodyBytes(request)).value);
    const asked = model || name || "";
    const deployment = fullName(resolveModel(asked, gateway.catalogue.snapshot(), deployments));
    const active = gateway.active.begin(reply.raw);
    try {
      const requestId = request.id;
      return shownToClients(await describeModel(gateway, { deployment, asked, member, requestId, active }));
    } finally {
      active.end();
    }
  });
}
