import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A text that a store keeps. */
export type StoredText = { readonly block: Block; readonly start: number; readonly end: number };

/** Part of what a store keeps: in memory, or in its file from `at` on. */
type Block = { readonly file: File; memory: Buffer | undefined; at: number };

type File = { descriptor: number | undefined; length: number };

/** Keeps texts outside of V8's heap: the latest in memory, earlier ones in a temporary file that has no name. */
export type TextStore = {
  /** @param text well-formed, such as JSON */
  add(text: string): StoredText;
  /** The same for text in UTF-8. */
  addBytes(text: Buffer): StoredText;
  /** Gives back memory and disk. Texts of a closed store cannot be read. */
  close(): void;
};

const blockSize = 1024 * 1024;

/**
 * @param maxBlocks how many blocks of 1 MB stay in memory. A text in an older block is usually read only once more,
 * when its row is written. The parts of the file that the operating system does not cache take no memory.
 */
export const openTextStore = (maxBlocks = 8): TextStore => {
  const file: File = { descriptor: undefined, length: 0 };
  /** Those in memory, the latest last. */
  const blocks: Block[] = [];
  let used = 0;
  /** Whether it makes sense to try (again). */
  let canSpill = true;

  const begin = (size: number): Block => {
    if (canSpill && blocks.length >= maxBlocks) canSpill = spill(file, blocks[0]!) && blocks.shift() !== undefined;
    const block: Block = { file, memory: Buffer.allocUnsafeSlow(Math.max(blockSize, size)), at: 0 };
    blocks.push(block);
    used = 0;
    return block;
  };

  const roomFor = (size: number): Block => {
    const block = blocks.at(-1);
    return block === undefined || used + size > block.memory!.length ? begin(size) : block;
  };

  return {
    add(text) {
      const block = roomFor(Buffer.byteLength(text));
      const start = used;
      used += block.memory!.write(text, start);
      return { block, start, end: used };
    },
    addBytes(text) {
      const block = roomFor(text.length);
      const start = used;
      used += text.copy(block.memory!, start);
      return { block, start, end: used };
    },
    close() {
      if (file.descriptor !== undefined) closeSync(file.descriptor);
      file.descriptor = undefined;
      canSpill = false;
      blocks.length = 0;
    },
  };
};

/** Moves a block to the file; `false`: it stays in memory, because the disk is full, say. */
const spill = (file: File, block: Block): boolean => {
  const memory = block.memory!;
  try {
    file.descriptor ??= openUnnamed();
    for (let done = 0; done < memory.length; ) {
      done += writeSync(file.descriptor, memory, done, memory.length - done, file.length + done);
    }
  } catch {
    return false;
  }
  block.at = file.length;
  block.memory = undefined;
  file.length += memory.length;
  return true;
};

/** A file that is gone as soon as this process is, however it ends. */
const openUnnamed = (): number => {
  const path = join(tmpdir(), `openhouse-${randomBytes(12).toString('hex')}`);
  const descriptor = openSync(path, 'wx+', 0o600);
  try {
    unlinkSync(path);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return descriptor;
};

export const readText = (stored: StoredText): string => {
  const { block, start, end } = stored;
  return block.memory === undefined ? readBytes(stored).toString('utf8') : block.memory.toString('utf8', start, end);
};

/** The same as bytes, which are valid until the store is closed. */
export const readBytes = ({ block: { memory, file, at }, start, end }: StoredText): Buffer => {
  if (memory !== undefined) return memory.subarray(start, end);
  const text = Buffer.allocUnsafe(end - start);
  for (let done = 0; done < text.length; ) {
    const read = readSync(file.descriptor!, text, done, text.length - done, at + start + done);
    if (read === 0) throw new Error('the temporary file with the rows of a read model has been cut off');
    done += read;
  }
  return text;
};
