/**
 * Files into a host's blob store. The package has no call for it. Bytes flow as fast as the host takes them and no faster;
 * each piece taken restarts the idle bound, so a large file over a slow line has no total bound.
 */
import { CallTimer } from "../call-timer.ts";
import type { CallOptions, Digest } from "../engine.ts";
import { type Call, type Host, refused, shown } from "./client.ts";
import { UploadSource } from "./upload-source.ts";

export async function hasBlob(host: Host, digest: Digest, options: CallOptions = {}): Promise<boolean> {
  const call: Call = { what: `looking for ${shown(digest)}`, doing: "blob" };
  const { bounds, clock, transport } = host;
  const timer = new CallTimer(clock, call.what, options.timeoutMs ?? bounds.callTimeoutMs, options.signal);
  timer.expect(bounds.idleTimeoutMs, "Timeout", `from the host while ${call.what}`);
  try {
    const answer = await transport.ask({ method: "HEAD", path: `/api/blobs/${digest}`, timer });
    answer.body.destroy();
    if (answer.status === 200) return true;
    if (answer.status === 404) return false;
    throw await refused(transport, answer, call, timer);
  } finally {
    timer.end();
  }
}

export async function putBlob(
  host: Host,
  digest: Digest,
  bytes: AsyncIterable<Uint8Array>,
  size: number,
  options: CallOptions = {},
): Promise<void> {
  const call: Call = { what: `storing ${shown(digest)}`, doing: "blob" };
  const { bounds, clock, transport } = host;
  const timer = new CallTimer(clock, call.what, options.timeoutMs ?? Number.POSITIVE_INFINITY, options.signal);
  timer.expect(bounds.uploadIdleTimeoutMs, "Stalled", `while ${call.what}`);
  const source = new UploadSource(bytes, timer);
  try {
    const upload = { bytes: source.pieces(), size };
    const answer = await transport.ask({ method: "POST", path: `/api/blobs/${digest}`, upload, timer });
    if (answer.status !== 200 && answer.status !== 201) throw await refused(transport, answer, call, timer);
    answer.body.destroy();
  } catch (error) {
    throw source.failed ? source.failure : error;
  } finally {
    timer.end();
    source.end();
  }
}
