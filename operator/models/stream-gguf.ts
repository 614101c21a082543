/**
 * Streams a GGUF file to a host and looks at its header as it passes: what a server gave to look at beforehand may not be
 * what it gives now, and a server without ranges gave nothing. A file whose header is refused is broken off before its
 * last piece, so that the host, which was told the size, never has it whole.
 */
import { type FileStreamOptions, type RemoteFile, streamFile } from "./files.ts";
import { refuseHazards } from "./gguf-hazards.ts";
import { GgufHead } from "./gguf-source.ts";

/** As `streamFile`; throws `BadGguf` besides, as soon as it is seen. */
export async function* streamGguf(file: RemoteFile, options: FileStreamOptions): AsyncGenerator<Uint8Array> {
  let head: GgufHead | undefined = new GgufHead(file.size);
  for await (const piece of streamFile(file, options)) {
    const header = head?.take(piece);
    if (header) {
      refuseHazards(header);
      head = undefined;
    }
    yield piece;
  }
}
