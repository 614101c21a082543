/** Why a registry did not take what it was given. Callers switch on `code`; the message is a sentence for people. */

export type DoorErrorCode =
  /** Nobody answers, or the connection broke. */
  | "Away"
  /** It takes nothing: the other door is meant. */
  | "ReadOnly"
  /** Its disk is full. */
  | "NoRoom"
  /** It said no, in its own words. */
  | "Refused";

export class DoorError extends Error {
  override readonly name = "DoorError";
  readonly code: DoorErrorCode;

  constructor(code: DoorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
