/**
 * One form for names that people take for the same: `Constitution.yaml`, `ｃonstitution.yaml` (full width) and
 * `constitution.yaml`. Compatibility forms and case are taken away (Unicode NFKC, lower case, NFKC again, as in NFKC_CF).
 */
export function folded(name: string): string {
  return name.normalize("NFKC").toLowerCase().normalize("NFKC");
}
