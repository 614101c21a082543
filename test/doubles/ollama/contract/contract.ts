/**
 * What Ollama does, said once and held against both the double and a real one, so that tests against the double mean
 * something. Cases use the driver where it shows the matter, and the wire where it does not.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { blobsContract } from "./blobs.ts";
import { creationContract } from "./creation.ts";
import type { ContractHost } from "./host.ts";
import { memoryContract } from "./memory.ts";
import { namingContract } from "./naming.ts";
import { pullsContract } from "./pulls.ts";
import { wiresContract } from "./wires.ts";

export function ollamaContract(title: string, start: () => Promise<ContractHost>): void {
  describe(title, () => {
    let host: ContractHost;
    beforeAll(async () => {
      host = await start();
    });
    afterAll(async () => {
      await host?.close();
    });
    const the = (): ContractHost => host;
    namingContract(the);
    blobsContract(the);
    creationContract(the);
    memoryContract(the);
    wiresContract(the);
    pullsContract(the);
  });
}
