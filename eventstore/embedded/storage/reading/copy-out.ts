import type { ClientBase, Connection } from 'pg';

/**
 * Runs `COPY (query) TO STDOUT (FORMAT binary)` and returns the fields of each row as Buffers (null for NULL).
 *
 * `pg` decodes every field of a result as text, so a bytea arrives as hexadecimal digits, twice its size; COPY data
 * is passed on untouched. COPY takes no parameters: `query` must consist of trusted text and numbers only.
 */
export const copyOut = (client: ClientBase, query: string): Promise<(Buffer | null)[][]> =>
  new Promise((resolve, reject) => {
    const rows: (Buffer | null)[][] = [];
    let failure: Error | undefined;
    let first = true;
    // The interface that pg's Client expects of a "submittable", like pg-cursor and pg-copy-streams.
    const submittable = {
      /** Set by a client with a `query_timeout`, which ends with this call (or with `handleError`, when it expires). */
      callback: undefined as ((error: Error | null) => void) | undefined,
      submit(connection: Connection) {
        connection.query(`COPY (${query}) TO STDOUT (FORMAT binary)`);
      },
      handleCopyData({ chunk }: { chunk: Buffer }) {
        // The first message starts with an 11-byte signature, flags and the length of a header extension.
        let at = first ? 19 + chunk.readInt32BE(15) : 0;
        first = false;
        if (at >= chunk.length) return;
        const fields = chunk.readInt16BE(at);
        at += 2;
        if (fields < 0) return;
        const row: (Buffer | null)[] = [];
        for (let i = 0; i < fields; i++) {
          const length = chunk.readInt32BE(at);
          at += 4;
          // A copy: the chunk is a view into the connection's receive buffer, which is reused.
          row.push(length < 0 ? null : Buffer.from(chunk.subarray(at, at + length)));
          at += Math.max(0, length);
        }
        rows.push(row);
      },
      handleRowDescription() {},
      handleDataRow() {},
      handlePortalSuspended() {},
      handleEmptyQuery() {},
      handleCopyInResponse() {},
      handleCommandComplete() {},
      handleError(error: Error) {
        failure = error;
        reject(error);
        submittable.callback?.(error);
      },
      handleReadyForQuery() {
        if (failure) return;
        resolve(rows);
        submittable.callback?.(null);
      },
    };
    client.query(submittable as never);
  });
