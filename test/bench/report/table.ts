/** Tables as Markdown that also reads well where it is not rendered: columns aligned, names left, numbers right. */

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** As many cells as columns; the first one names the row. */
  readonly rows: readonly (readonly string[])[];
}

export function renderTable({ title, columns, rows }: Table): string {
  const lines = [columns, ...rows].map((cells) => cells.map(escaped));
  const widths = columns.map((_, at) => Math.max(3, ...lines.map((cells) => (cells[at] ?? "").length)));
  const [head = [], ...body] = lines.map((cells) => widths.map((width, at) => padded(cells[at] ?? "", width, at)));
  const rule = widths.map((width, at) => (at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [`**${title}**`, "", ...[head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
}

function escaped(cell: string): string {
  return cell.replaceAll("|", "\\|").replace(/\s+/g, " ");
}

function padded(cell: string, width: number, at: number): string {
  return at === 0 ? cell.padEnd(width) : cell.padStart(width);
}
