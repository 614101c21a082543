/** Puts a result into a page between its own two markers and leaves everything else as a person wrote it. */

export class MarkersMissing extends Error {
  override readonly name = "MarkersMissing";
}

/** Throws `MarkersMissing` when the page has no place for it, or more than one. */
export function withSection(page: string, name: string, content: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [before, rest, ...more] = page.split(open);
  const [, after, ...others] = rest?.split(close) ?? [];
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0)
    throw new MarkersMissing(`the page needs ${open} and ${close} in this order, each once`);
  return `${before}${open}\n\n${content}\n\n${close}${after}`;
}
