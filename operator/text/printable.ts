/**
 * Text from outside (names, error messages of registries and hosts, answers of models) made safe to show. A terminal
 * obeys control characters, a reader is fooled by text that runs backwards or by letters that take no room
 * (https://trojansource.codes), a log is split by a line break. Each such character is shown as what it is: `\n`,
 * `\x1b`, `\u{202e}`. Letters, signs and emoji of every script stay as they are.
 */

/**
 * Controls (C0, DEL, C1), format characters (bidirectional, zero-width, tags), line separators, fillers, lone
 * surrogates.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Cs}]/u;

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * `text` with every unsafe character escaped, at most `maxChars` UTF-16 code units long. What was cut off shows as `…`;
 * no escape and no letter is cut in half.
 */
export function printable(text: string, maxChars: number): string {
  let shown = "";
  for (const character of text) {
    const next = unsafe.test(character) ? escaped(character) : character;
    if (shown.length + next.length > maxChars) return cut(shown, maxChars);
    shown += next;
  }
  return shown;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return named[character] ?? (code <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`);
}

/** Makes room for the `…` by whole characters or escapes. */
function cut(shown: string, maxChars: number): string {
  let kept = shown;
  while (kept.length > 0 && kept.length + 1 > maxChars) {
    kept = kept.replace(/(\\x[0-9a-f]{2}|\\u\{[0-9a-f]+\}|\\[nrt]|.)$/su, "");
  }
  return maxChars > 0 ? `${kept}…` : "";
}
