/** Why a bundle was not made, or not taken: what, where, and what to do. */
export class BundleError extends Error {
  override readonly name = "BundleError";
}
