import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/**
 * Lets a connection run `copy … from stdin`, which neither pg nor kysely can. Its only parameter is the rows: an iterable
 * of buffers, in the format that the statement names.
 */
export const acceptCopyIn = (client: ClientBase): void => {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  const queryOrCopy = (...given: unknown[]) => {
    const [text, values] = given;
    return typeof text === 'string' && isCopyIn.test(text)
      ? copyIn(query, text, values as readonly unknown[])
      : query(...given);
  };
  client.query = queryOrCopy as typeof client.query;
};

const isCopyIn = /^copy .* from stdin/;

const copyIn = async (query: (stream: unknown) => unknown, text: string, [rows]: readonly unknown[]) => {
  const stream = query(copyFrom(text)) as Writable & { readonly rowCount: number };
  await pipeline(Readable.from(rows as Iterable<Buffer>), stream);
  return { command: 'COPY', rowCount: stream.rowCount, rows: [] };
};
