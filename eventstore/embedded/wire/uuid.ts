/** Converts UUIDs between their text and their 16 bytes, without an intermediate string. */

const hexValue = new Int8Array(256).fill(-1);
for (let i = 0; i < 16; i++) {
  hexValue['0123456789abcdef'.charCodeAt(i)] = i;
  hexValue['0123456789ABCDEF'.charCodeAt(i)] = i;
}
const hexDigit = Buffer.from('0123456789abcdef', 'latin1');

/** The 16 bytes of a UUID's text (36 characters with dashes, at `at`), or undefined if it is not valid. */
export const uuidFromText = (text: Buffer, at: number, length: number): Buffer | undefined => {
  if (length !== 36) return undefined;
  const bytes = Buffer.allocUnsafe(16);
  for (let i = 0, place = at; i < 16; i++, place += 2) {
    if (i === 4 || i === 6 || i === 8 || i === 10) {
      if (text[place] !== 0x2d) return undefined;
      place++;
    }
    const high = hexValue[text[place]!]!;
    const low = hexValue[text[place + 1]!]!;
    if (high < 0 || low < 0) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
};

/** Writes a UUID's 36 characters. */
export const writeUuidText = (target: Buffer, at: number, uuid: Buffer): number => {
  let place = at;
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) target[place++] = 0x2d;
    const byte = uuid[i]!;
    target[place++] = hexDigit[byte >> 4]!;
    target[place++] = hexDigit[byte & 15]!;
  }
  return place;
};

export const uuidFromString = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, 'latin1');
  return uuidFromText(bytes, 0, bytes.length);
};
