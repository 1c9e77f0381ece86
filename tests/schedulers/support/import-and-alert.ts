import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ImportSummary, importDump } from '../../../importers/dump/import-dump.ts';
import { property } from '../../importers/support/documents.ts';
import { type Documents, temporaryFolder, writeDump } from '../../importers/support/dump.ts';
import { tick } from './alert-tick.ts';
import { openWorld, type World } from './world.ts';

/** A home on the market in Boca Raton, which most searches here look for. */
export const newHome = (fields: object = {}) =>
  property({
    mlsId: 'RX-20000001',
    address: { street: '1 Ocean Drive', city: 'Boca Raton', state: 'FL', zip: '33432' },
    beds: 3,
    baths: 2,
    sqft: 1800,
    price: 450_000,
    propertyType: 'Condo',
    description: 'Heated pool',
    createdAt: new Date('2026-03-31T12:00:00Z'),
    updatedAt: new Date('2026-03-31T12:00:00Z'),
    ...fields,
  });

export type Importing = World & {
  import(documents: Documents): Promise<ImportSummary>;
  /** The files of a dump, by name: `contacts.json`, `contacts.bson`. */
  importFiles(files: Readonly<Record<string, string | Buffer>>): Promise<ImportSummary>;
  /** Runs the alerts. @returns the addresses for which e-mails were queued since the last time */
  mailed(): Promise<string[]>;
};

/** A brokerage that takes over from an old CRM: imports, then alerts, with the real parts. */
export const openImporting = async (t: Pick<TestContext, 'after'>): Promise<Importing> => {
  const world = await openWorld(t);
  const cleanup = { after: (work: () => void) => t.after(work) };
  const importFolder = (folder: string) => importDump({ db: world.db, store: world.store, clock: world.clock }, folder);
  const known = new Set<string>();
  return Object.assign(world, {
    import: (documents: Documents) => importFolder(writeDump(cleanup, documents)),
    importFiles: (files: Readonly<Record<string, string | Buffer>>) => {
      const folder = temporaryFolder(cleanup);
      mkdirSync(join(folder, 'legacy'));
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'legacy', name), content);
      return importFolder(folder);
    },
    mailed: async () => {
      await tick(world);
      const fresh = (await world.outbox()).filter(({ dedupe_key }) => !known.has(dedupe_key));
      for (const { dedupe_key } of fresh) known.add(dedupe_key);
      return fresh.filter(({ channel }) => channel === 'email').map(({ recipient }) => recipient);
    },
  });
};
