import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { correctFile, type RowReport } from '../../../commands/corrections/correct-file.ts';
import type { CommandContext } from '../../../commands/execute.ts';
import type { ListingFields } from '../../../domain/listing/index.ts';
import { findKeys } from '../../../history/find-record.ts';
import { readHistory } from '../../../history/read-history.ts';
import { readPlaces } from '../../../importers/legacy/read-places.ts';
import { openWorld, type World } from '../support.ts';

/** The listing that `aListing` enters. */
const entered = { standardStatus: 'Active', listPrice: 525_000, city: 'Boca Raton' } as const;

/**
 * A world for all tests of a file. Each test makes the records that it corrects, so that none depends on another:
 * `aListing` and so on return the key of a new one, which the read models know.
 */
export const useCorrections = () => {
  let world: World;
  let folder: string;
  let made = 0;
  let conversations = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), `openhouse-test-${process.pid}-`));
    world = await openWorld();
  });
  after(async () => {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Who asks for a correction, and why. */
  const asked = (): CommandContext => {
    const id = `correction-${++conversations}`;
    return {
      actor: { kind: 'person', id: 'mlopez' },
      source: 'cli',
      occurredAt: '2026-04-01T12:00:00.000Z',
      correlationId: id,
      causationId: id,
      reason: 'Typed one digit wrong',
    };
  };

  /** Writes a file of corrections. @returns its path */
  const file = async (content: string | Buffer): Promise<string> => {
    const path = join(folder, `fixes-${++made}.csv`);
    await writeFile(path, content);
    return path;
  };

  return {
    get world() {
      return world;
    },
    asked,
    file,
    /** Its MLS number is `RX-<key>`. */
    async aListing(more: Partial<ListingFields> = {}): Promise<string> {
      const listingKey = `l${++made}`;
      const fields = { ...entered, listingId: `RX-${listingKey}`, ...more };
      await world.tell('listing', listingKey, { type: 'RecordListing', listingKey, fields });
      await world.catchUp();
      return listingKey;
    },
    /** Its address is `<key>@example.com`. */
    async aLead(): Promise<string> {
      const contactKey = `c${++made}`;
      const fields = { email: `${contactKey}@example.com` };
      await world.tell('lead', contactKey, { type: 'RecordLead', contactKey, fields });
      await world.catchUp();
      return contactKey;
    },
    /** Its address is `<key>@example.com`. */
    async anAgent(memberFullName: string): Promise<string> {
      const memberKey = `a${++made}`;
      const fields = { memberFullName, memberEmail: `${memberKey}@example.com` };
      await world.tell('agent', memberKey, { type: 'RecordAgent', memberKey, fields });
      await world.catchUp();
      return memberKey;
    },
    /** A saved search that is on hold, with the criteria `listPriceMax: 900000`. */
    async aSearchOnHold(): Promise<string> {
      const savedSearchKey = `s${++made}`;
      await world.tell('savedSearch', savedSearchKey, {
        type: 'RecordSavedSearch',
        savedSearchKey,
        fields: { contactKey: 'c1', criteria: { listPriceMax: 900_000 } },
        holdReasons: [{ field: 'criteria', code: 'criterion-unclear', found: '{"city":{"$regex":"^boca"}}' }],
      });
      await world.catchUp();
      return savedSearchKey;
    },
    async eventsOf(name: 'listing' | 'lead', key: string) {
      const entries = [];
      for await (const { entry } of readHistory(world.store, name, key)) entries.push(entry);
      return entries;
    },
    /** Applies a file of corrections. @returns what became of each row */
    async apply(
      content: string | Buffer,
      { dryRun = false, onNote }: { dryRun?: boolean; onNote?: (note: string) => void } = {},
    ): Promise<RowReport[]> {
      const { reason: _, ...context } = asked();
      const reports = [];
      for await (const report of correctFile(world.store, {
        path: await file(content),
        context,
        dryRun,
        places: readPlaces,
        findKeys: (type, ids) => findKeys(world.db, type, ids),
        ...(onNote === undefined ? {} : { onNote }),
      })) {
        reports.push(report);
      }
      return reports;
    },
  };
};
