interface Result {
  readonly name: string;
  readonly status: string;
  readonly message?: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

/** One text for each failed test of a report of vitest's (`--reporter=json`), and for each file that could not be loaded. */
export function failuresOf(report: { readonly testResults?: readonly Result[] }, root: string): string[];
