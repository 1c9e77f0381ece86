import type { PoolClient } from 'pg';
import { int64 as int } from '../int64.ts';
import { LINK_TYPE_ID } from '../schema.ts';
import { copyOut } from './copy-out.ts';
import { maxPageBytes, type PageSize, pageBytes } from './page-size.ts';

/** After an event that was too large for its page, for how many pages PostgreSQL adds up the sizes. */
const carefulPages = 20;

const empty = Buffer.alloc(0);

export type FramesPage = {
  frames: Buffer;
  count: number;
  /** The position of the last event in the page; 0 when it is empty. */
  last: number;
  /** True when more events may match than are in the page. */
  cut: boolean;
  hasLinks: boolean;
};

export const nothing: FramesPage = { frames: empty, count: 0, last: 0, cut: false, hasLinks: false };

/** Reads pages of events that an SQL condition chooses. */
export const createFramesReader = (schema: string, pages: PageSize) => {
  /** How many of the next pages to read within exact limits, because there were large events lately. */
  let careful = 0;

  /**
   * Events that are likely to fill a page, whatever their sizes, so that PostgreSQL need not add those up: with that, it took
   * half as long again. `undefined`: one is larger than its share of what a page may have at most.
   */
  const readTogether = async (
    client: PoolClient,
    events: string,
    order: 'ASC' | 'DESC',
    limit: number,
  ): Promise<FramesPage | undefined> => {
    const small = `FILTER (WHERE octet_length(frame) <= ${int(Math.floor(maxPageBytes / limit))})`;
    const { seen, count, ...page } = await readPage(client, events, order, small, '');
    return count < seen ? undefined : { ...page, count, cut: seen >= limit };
  };

  const readUpToLimit = async (
    client: PoolClient,
    events: string,
    order: 'ASC' | 'DESC',
    limit: number,
  ): Promise<FramesPage> => {
    const fits = `FILTER (WHERE total <= ${pageBytes} OR n = 1)`;
    const sized = `(SELECT position, type_id, frame, row_number() OVER w AS n, sum(octet_length(frame)) OVER w AS total
       FROM ${events} e WINDOW w AS (ORDER BY position ${order} ROWS UNBOUNDED PRECEDING))`;
    const { seen, count, ...page } = await readPage(client, sized, order, fits, fits);
    return { ...page, count, cut: count < seen || seen >= limit };
  };

  /** @param which of the events: those whose frames to take, and those that count otherwise */
  const readPage = async (
    client: PoolClient,
    events: string,
    order: 'ASC' | 'DESC',
    taken: string,
    counted: string,
  ) => {
    const rows = await copyOut(
      client,
      `SELECT count(*), count(*) ${taken}, ${order === 'ASC' ? 'max' : 'min'}(position) ${counted},
         bool_or(type_id = ${LINK_TYPE_ID}) ${counted}, string_agg(frame, ''::bytea) ${taken}
       FROM ${events} p`,
    );
    const [seen, count, last, hasLinks, frames] = rows[0]!;
    return {
      seen: Number(seen!.readBigInt64BE(0)),
      count: frames && last ? Number(count!.readBigInt64BE(0)) : 0,
      last: last ? Number(last.readBigInt64BE(0)) : 0,
      hasLinks: hasLinks?.[0] === 1,
      frames: frames ?? empty,
    };
  };

  /**
   * The frames of these events of `$all`, as one buffer that PostgreSQL concatenates: up to about `pageBytes`, but at
   * least one frame. (A row for each event cost three times as much here. The aggregates take the rows in their order, which
   * is right; sorting them again cost a fifth.)
   */
  return async (client: PoolClient, where: string, order: 'ASC' | 'DESC', wanted: number): Promise<FramesPage> => {
    const limit = Math.min(wanted, pages.likelyEvents());
    if (limit <= 0) return nothing;
    const events = `(SELECT position, type_id, frame FROM ${schema}.events WHERE ${where} ORDER BY position ${order} LIMIT ${int(limit)})`;
    let page = careful > 0 ? undefined : await readTogether(client, events, order, limit);
    if (page === undefined) {
      careful = careful === 0 ? carefulPages : careful - 1;
      page = await readUpToLimit(client, events, order, limit);
    }
    if (page.count > 0) pages.learn(page.frames.length / page.count);
    return page;
  };
};
