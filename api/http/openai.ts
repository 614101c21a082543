/** OpenAI's side of the gateway: `/v1`. */
import type { FastifyInstance } from "fastify";
import { visibleDeployments } from "../catalogue/snapshot.ts";
import type { Gateway } from "../exchange/gateway.ts";
import { openaiModel, openaiModelList } from "../protocols/openai/models.ts";
import { openai, openaiRoutes } from "../protocols/openai/routes.ts";
import { resolveModel } from "../routing/name.ts";
import { inferenceRoutes } from "./inference.ts";
import { principalOf } from "./state.ts";

export function openaiSide(app: FastifyInstance, gateway: Gateway): void {
  const config = { protocol: openai, scope: "models", limited: true } as const;
  inferenceRoutes(app, gateway, openaiRoutes);
  app.get("/v1/models", { config }, async (request) =>
    openaiModelList(visibleDeployments(gateway.catalogue.snapshot(), principalOf(request).deployments)),
  );
  // A wildcard, because `namespace/name` has a slash that clients may or may not encode.
  app.get<{ Params: { "*": string } }>("/v1/models/*", { config }, async (request) => {
    const asked = request.params["*"];
    return openaiModel(asked, resolveModel(asked, gateway.catalogue.snapshot(), principalOf(request).deployments));
  });
}
