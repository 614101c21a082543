/** Why nothing was saved or put back: what, where, and what to do. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}
