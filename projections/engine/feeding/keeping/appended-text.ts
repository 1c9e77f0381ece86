import { openTextStore, readBytes, type StoredText } from './text-store.ts';

/** Rows of an append-only table that wait to be written, as the text of a COPY. */
export type AppendedText = {
  add(text: Buffer): void;
  /** How much has been added. */
  readonly bytes: number;
  /** All of it, in order. */
  read(): Generator<Buffer, void, undefined>;
  /** Gives back memory and disk. */
  close(): void;
};

/** Keeps about 2 MB in memory and earlier text in a temporary file. */
export const openAppendedText = (): AppendedText => {
  const store = openTextStore(2);
  const texts: StoredText[] = [];
  let bytes = 0;
  return {
    add(text) {
      texts.push(store.addBytes(text));
      bytes += text.length;
    },
    get bytes() {
      return bytes;
    },
    *read() {
      for (const text of texts) yield readBytes(text);
    },
    close: store.close,
  };
};
