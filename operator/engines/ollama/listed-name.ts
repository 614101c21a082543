/** A reference as Ollama lists it (types/model/name.go, DisplayShortest): `smollm2` → `smollm2:latest`. Compare without case. */
export function listedName(reference: string): string {
  const bare = reference.replace(/^[a-z]+:\/\//i, "").replace(/^registry\.ollama\.ai\//i, "");
  const short = bare.replace(/^library\/(?=[^/]+$)/i, "");
  return short.lastIndexOf(":") > short.lastIndexOf("/") ? short : `${short}:latest`;
}
