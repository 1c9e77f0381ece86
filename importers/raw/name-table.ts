/**
 * What is known about field names, looked up by their bytes. For a document that is not read, converting each name to
 * text would cost more than everything else.
 *
 * @param of called once for each name, up to `most` names, and then each time
 */
export const nameTable = <Entry>(of: (name: string) => Entry, most: number) => {
  const known = new Map<number, { readonly bytes: Buffer; readonly entry: Entry }[]>();
  let size = 0;
  return {
    at(bytes: Buffer, start: number, end: number): Entry {
      let key = 0;
      for (let at = start; at < end; at++) key = (Math.imul(key, 31) + bytes[at]!) | 0;
      const alike = known.get(key);
      for (const { bytes: name, entry } of alike ?? []) if (isAt(bytes, start, end, name)) return entry;
      const entry = of(bytes.toString('utf8', start, end));
      if (size >= most) return entry;
      size++;
      const added = { bytes: Buffer.from(bytes.subarray(start, end)), entry };
      if (alike === undefined) known.set(key, [added]);
      else alike.push(added);
      return entry;
    },
  };
};

const isAt = (bytes: Buffer, start: number, end: number, name: Buffer): boolean => {
  if (end - start !== name.length) return false;
  for (let at = start; at < end; at++) if (bytes[at] !== name[at - start]) return false;
  return true;
};
