import { expect, test } from "vitest";
import { quantityBytes } from "./quantity.ts";

const cases: [text: string | undefined, bytes: number | undefined][] = [
  ["6Gi", 6 * 2 ** 30],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["512Mi", 512 * 2 ** 20],
  ["16384Ki", 16384 * 1024],
  ["1Ti", 2 ** 40],
  ["8G", 8e9],
  ["700M", 7e8],
  ["3k", 3000],
  ["8000000000", 8e9],
  ["0", 0],
  ["1.9", 1],
  ["", undefined],
  [undefined, undefined],
  ["6GiB", undefined],
  ["-1Gi", undefined],
  ["1e9", undefined],
  ["lots", undefined],
  [" 6Gi", undefined],
  ["99999999Ti", undefined],
];

test.each(cases)("%s is %s bytes", (text, bytes) => expect(quantityBytes(text)).toBe(bytes));
