/**
 * Words for a list of names: `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`. At most `max` names are spelled out.
 */
export function listed(names: readonly string[], max = 3): string {
  const shown = names.slice(0, Math.max(1, max));
  const hidden = names.length - shown.length;
  const parts = hidden > 0 ? [...shown, `${hidden} more`] : shown;
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}
