import { stringify } from "yaml";

export interface RegistryPlace {
  /** `host:port`; loopback, since it asks nobody for a password. */
  address: string;
  /** Where it keeps what is pushed. */
  folder: string;
}

/**
 * The configuration of a registry for tests, to be written to a file: `registry serve FILE`.
 *
 * Ollama takes a layer from wherever the registry's answer says in `Location`, and refuses an answer that has none, also a
 * 200 (ollama v0.24 server/download.go, `resp.Location()`): its own registry always redirects. `#` resolves to the very
 * address that was asked for, so a registry that serves layers itself can be pulled from as well.
 */
export function registryConfig({ address, folder }: RegistryPlace): string {
  return stringify({
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { delete: { enabled: true }, filesystem: { rootdirectory: folder } },
    http: { addr: address, headers: { Location: ["#"] } },
  });
}
