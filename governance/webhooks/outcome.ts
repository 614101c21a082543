/** What became of a notice, for the metric that counts them. */

export const webhookOutcomes = {
  accepted: "Signed and new: it woke the service.",
  repeated: "Signed, but the same was here a while ago: it woke nobody.",
  unsigned: "Without a signature: refused with 401.",
  forged: "With a signature that none of our secrets made: refused with 401.",
  malformed: "Signed, but no JSON object, or broken off: refused with 400.",
  tooLarge: "Larger than the limit: refused with 413.",
  wrongType: "Of another content type than application/json: refused with 415.",
} as const;

export type WebhookOutcome = keyof typeof webhookOutcomes;
