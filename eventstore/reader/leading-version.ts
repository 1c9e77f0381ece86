/**
 * The value of `version` in JSON of which it is the first key, as in what openhouse writes, if no other key has this
 * name. `undefined`: only parsing can find it.
 */
export const leadingVersion = (bytes: Buffer, start: number, end: number): number | undefined => {
  const first = start + 1 + name.length;
  if (first >= end || bytes[start] !== openingBrace || !isNameAt(bytes, start + 1)) return undefined;
  let at = first;
  let version = 0;
  // Up to three digits: as exact as parsing them.
  for (; at < first + 3 && isDigit(bytes[at]); at++) version = version * 10 + (bytes[at]! - digitZero);
  if (at >= end || at === first || bytes[first] === digitZero) return undefined;
  if (bytes[at] !== comma && bytes[at] !== closingBrace) return undefined;
  return nameOccurs(bytes, at, end) ? undefined : version;
};

/** Within a text, quotes are escaped. */
const name = Buffer.from('"version":');
const lastOfName = name.length - 1;
const [openingBrace, comma, closingBrace, digitZero] = [0x7b, 0x2c, 0x7d, 0x30];
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= digitZero && byte <= digitZero + 9;

const isNameAt = (bytes: Buffer, at: number): boolean => {
  for (let index = 0; index < name.length; index++) if (bytes[at + index] !== name[index]) return false;
  return true;
};

/** By a byte, how far the name's end must be from it at least: Horspool's search. (`Buffer.indexOf` took eight times as long.) */
const steps = new Uint8Array(256).fill(name.length);
for (let index = 0; index < lastOfName; index++) steps[name[index]!] = lastOfName - index;

const nameOccurs = (bytes: Buffer, start: number, end: number): boolean => {
  for (let last = start + lastOfName; last < end; last += steps[bytes[last]!]!)
    if (isNameAt(bytes, last - lastOfName)) return true;
  return false;
};
