/** Why there is no bundle: what, where, and what to do. */
export class SupportError extends Error {
  override readonly name = "SupportError";
}
