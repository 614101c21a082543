/** A key cannot be issued, listed or revoked: what, where, and what to do. */
export class KeyError extends Error {
  override readonly name = "KeyError";
}
