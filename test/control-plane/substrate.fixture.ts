/** For orphans.integration.test.ts: brings up a control plane and an Ollama with a model loaded, and waits to be killed. */
import { join } from "node:path";
import { startTestOllama } from "./ollama.ts";
import { startTestControlPlane } from "./start.ts";
import { createTinyModel } from "./tiny-model.ts";

const directory = process.argv[2] ?? "";
const planeStarting = startTestControlPlane({ directory: join(directory, "control-plane") });
const ollama = await startTestOllama({ directory: join(directory, "ollama"), keepAlive: "-1" });
await createTinyModel(ollama.url, "tiny");
const body = JSON.stringify({ model: "tiny", prompt: "a", stream: false, options: { num_predict: 1 } });
await (await fetch(`${ollama.url}/api/generate`, { method: "POST", body })).text();
process.stdout.write("model loaded\n");
const plane = await planeStarting;
process.stdout.write(`everything is up ${plane.url}\n`);
