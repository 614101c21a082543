/** Secrets known by their shape alone, wherever they came from: nobody told us the value. */
import { mark } from "./mark.ts";

/** In this order: what is whole before what is a part. */
export function redactShapes(text: string): string {
  let left = text;
  for (const [shape, instead] of shapes) left = left.replace(shape, instead as string);
  return left;
}

/** Also the escaped line ends of a PEM within JSON. */
const pemBody = String.raw`(?:[A-Za-z0-9+/=:,. -]|\s|\\+[nr])*`;

const shapes: readonly [RegExp, string | ((found: string, ...groups: string[]) => string)][] = [
  [
    new RegExp(
      `-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----${pemBody}?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$|(?=["'<]))`,
      "g",
    ),
    mark,
  ],
  // Its beginning was cut off with an older part of the log.
  [/(?:[A-Za-z0-9+/=]{16,}(?:\s|\\+[nr])+)+[A-Za-z0-9+/=]*(?:\s|\\+[nr])*-----END [A-Z0-9 ]*PRIVATE KEY-----/g, mark],
  [/LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]+/g, (found) => (isPrivate(found) ? mark : found)],
  // https://www.rfc-editor.org/rfc/rfc9110#name-authorization: everything up to the end of the header.
  [
    /((?:proxy-)?authorization|x-api-key|(?:set-)?cookie)(\\*["']?\s*[:=]\s*\[?\s*)(\\*["'])[^"'\\\n]*/gi,
    `$1$2$3${mark}`,
  ],
  [/((?:proxy-)?authorization|x-api-key|(?:set-)?cookie)(\s*[:=]\s*)(?![\s["'\\]|\d+\b)[^\n"'\\]+/gi, `$1$2${mark}`],
  [
    /\b(bearer|basic)(\s+|%20)(?!(?:tokens?|auth|authentication|authorization|credentials?|scheme|secrets?|realm)\b)[A-Za-z0-9._~+/=-]{6,}/gi,
    `$1$2${mark}`,
  ],
  [/\bch_[A-Za-z0-9]{8}_[A-Za-z0-9_-]+/g, mark],
  [/\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?/g, mark],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|hf_[A-Za-z0-9]{16,}|sk-[\w-]{16,})/g, mark],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, mark],
  // The user of git over ssh is no secret; a user alone over https may be a token.
  [/\b([a-z][a-z0-9+.-]*:(?:\/\/|\\\/\\\/))(?!git@)[^\s/?#"'<>\\]*@/gi, `$1${mark}@`],
  [
    /([?&](?:[\w.-]*(?:token|secret|passw|signature|api_?key|access_?key)[\w.-]*|key|sig|code)=)[^&\s"'#\\]+/gi,
    `$1${mark}`,
  ],
  // `"clientSecret": "…"`, `ADMIN_PASSWORD=…`, `token: …`. Numbers stay, `token` counts them often; so do names and places of secrets.
  [
    /(\b[\w.-]*(?:secret|token|passw(?:or)?d|passphrase|credentials?|api[_-]?key|private[_-]?key|access[_-]?key|signing[_-]?key|key[_-]data|[A-Z]_KEY))(\\*["']?\s*[:=]\s*\\*["'])([^"'\\\n]+)/gi,
    namedValue,
  ],
  [
    /(\b[\w.-]*(?:secret|token|passw(?:or)?d|passphrase|api[_-]?key|private[_-]?key|access[_-]?key|signing[_-]?key|key[_-]data|[A-Z]_KEY))(\s*[:=]\s*)([^\s"',;\\{}[\]()]+)/gi,
    namedValue,
  ],
];

function namedValue(found: string, name = "", between = "", value = ""): string {
  return /^(?:-?[\d.]+|true|false|null|undefined)$/.test(value) ? found : `${name}${between}${mark}`;
}

function isPrivate(base64: string): boolean {
  return Buffer.from(base64, "base64").toString("latin1").includes("PRIVATE KEY");
}
