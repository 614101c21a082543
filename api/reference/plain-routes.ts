/** The routes that are not for tokens or vectors, as the description of the API names them. */

export interface PlainRoute {
  readonly method: "get" | "post";
  readonly path: string;
  readonly summary: string;
  /** Needs an API key. */
  readonly keyed: boolean;
}

export const plainRoutes: readonly PlainRoute[] = [
  { method: "get", path: "/v1/models", summary: "List the deployments that the key may use.", keyed: true },
  { method: "get", path: "/v1/models/{model}", summary: "One of them.", keyed: true },
  { method: "get", path: "/api/tags", summary: "List the deployments that the key may use.", keyed: true },
  { method: "get", path: "/api/ps", summary: "Those of them that a host holds in memory.", keyed: true },
  { method: "post", path: "/api/show", summary: "What a model is and can do.", keyed: true },
  { method: "get", path: "/api/version", summary: "The oldest version among the hosts.", keyed: false },
  { method: "get", path: "/", summary: "Says that Ollama is running, as its clients expect.", keyed: false },
  { method: "get", path: "/healthz", summary: "The process lives.", keyed: false },
  { method: "get", path: "/readyz", summary: "The process can answer; says how fresh its knowledge is.", keyed: false },
  {
    method: "get",
    path: "/metrics",
    summary: "Metrics in Prometheus' text form; keyless on loopback only, unless set otherwise.",
    keyed: false,
  },
];
