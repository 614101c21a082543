/** How much YAML one file may be. Each limit is far above what people write and far below what hurts. */
export interface YamlLimits {
  /** Size of the file in bytes of UTF-8. */
  readonly bytesMax: number;
  /** Pieces that the lexer sees: names, values, punctuation, spaces, line breaks. */
  readonly tokensMax: number;
  /** Lists and mappings inside each other. */
  readonly depthMax: number;
  /** Length of one value or name, in characters. */
  readonly scalarCharsMax: number;
}

/** A governed object: one ModelDeployment, ModelRoute, …; its longest value is a system prompt. */
export const objectLimits: YamlLimits = { bytesMax: 65_536, tokensMax: 20_000, depthMax: 16, scalarCharsMax: 20_000 };
export const constitutionLimits: YamlLimits = {
  bytesMax: 65_536,
  tokensMax: 20_000,
  depthMax: 8,
  scalarCharsMax: 1_024,
};
/** A thousand members with some keys and machines each. */
export const membersLimits: YamlLimits = {
  bytesMax: 1_048_576,
  tokensMax: 300_000,
  depthMax: 6,
  scalarCharsMax: 4_096,
};
