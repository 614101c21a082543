/** What the fetcher says, in this room's terms. */
import { FetchError, type FetchErrorCode } from "../addresses/fetch-error.ts";
import { ModelError, type ModelErrorCode } from "./model-error.ts";

const codes: Readonly<Record<FetchErrorCode, ModelErrorCode>> = {
  AddressRefused: "AddressRefused",
  UrlRefused: "AddressRefused",
  RedirectRefused: "Refused",
  CertificateRefused: "Refused",
  BodyTooLarge: "TooLarge",
  Unreachable: "Unreachable",
  Timeout: "Unreachable",
  CutOff: "Unreachable",
};

/** `FetchError`s become `ModelError`s about `subject`; everything else (an abort's reason) stays what it is. */
export function asModelError(error: unknown, subject: string): unknown {
  if (!(error instanceof FetchError)) return error;
  return new ModelError(codes[error.code], `${subject}: ${error.message}`, { cause: error });
}
