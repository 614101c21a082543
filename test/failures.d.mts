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

/**
 * One text for each failed test of a report of vitest's (`--reporter=json`), for each file that could not be loaded, and for each
 * error outside of all tests (`outside`: their stacks).
 */
export function failuresOf(
  report: { readonly testResults?: readonly Result[] },
  outside: readonly string[],
  root: string,
): string[];
