/**
 * A line of a log, as JSON, made safe to look at. `JSON.stringify` escapes the first 32 control characters; DEL and the C1 controls pass (terminals obey
 * U+009B as they obey `ESC [`), and so do characters that run text backwards or take no room (`printable.ts`). Here each becomes
 * a JSON escape: a reader sees what it is, and a program reads the same value as before.
 *
 * Messages are made printable where they come in; this is for what no caller thinks of: causes and stacks of errors of libraries.
 */
const harmless = /^[\x20-\x7e\n]*$/;
const unsafe = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Cs}]/gu;

/** For pino's `hooks.streamWrite`. */
export function safeLine(line: string): string {
  return harmless.test(line) ? line : line.replace(unsafe, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}
