import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';

/** What a file is that is not part of a dump, for people, and what to do instead of importing it. */
export type OtherFile = { readonly what: string; readonly whatToDo: (file: string) => string };

const archiveOf = (gzip: string): OtherFile => ({
  what: 'a mongodump archive',
  whatToDo: (file) =>
    `Archives cannot be read. Dump with \`mongodump --out <folder>\` instead of --archive; or restore ${file} into a MongoDB (\`mongorestore ${gzip}--archive=${file}\`) and import from its address.`,
});
const [plainArchive, gzipArchive] = [archiveOf(''), archiveOf('--gzip ')];
const table: OtherFile = {
  what: 'a CSV file or spreadsheet',
  whatToDo: () =>
    'CSV files and spreadsheets have lost types, lists and sub-documents. Export as JSON: `mongoexport --collection <name> --out <name>.json`, without --type=csv.',
};
const packed: OtherFile = {
  what: 'packed',
  whatToDo: (file) => `Unpack ${file}, and import the folder that was in it.`,
};

/** What a file is, by its name and how it begins; `undefined` if it is none of those that we know. */
export const otherFile = async (path: string): Promise<OtherFile | undefined> => {
  if (/\.(?:csv|tsv|xlsx?|ods)(?:\.gz)?$/i.test(path)) return table;
  if (/\.(?:tar|tar\.\w{2,4}|tgz|zip|7z|rar)$/i.test(path)) return packed;
  return await archiveIn(path);
};

/** https://github.com/mongodb/mongo-tools/blob/master/common/archive/archive.go: `MagicNumber`, little-endian. */
const archiveMagic = 0x8199e26d;

const archiveIn = async (path: string): Promise<OtherFile | undefined> => {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4_096), 0, 4_096, 0);
      const head = buffer.subarray(0, bytesRead);
      const isGzip = head.length > 2 && head.readUInt16BE(0) === 0x1f8b;
      const content = isGzip ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head;
      if (content.length < 4 || content.readUInt32LE(0) !== archiveMagic) return undefined;
      return isGzip ? gzipArchive : plainArchive;
    } finally {
      await file.close();
    }
  } catch {
    return undefined; // it cannot be read, so nothing can be said about it
  }
};
