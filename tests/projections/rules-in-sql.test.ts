import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RawBuilder, sql } from 'kysely';
import { isActive } from '../../domain/agent/index.ts';
import { isDisplayed } from '../../domain/listing/index.ts';
import { isActiveSearch } from '../../domain/saved-search/index.ts';
import { isActiveAgentRow } from '../../projections/agents/active-agent.ts';
import { isDisplayedRow } from '../../projections/listings/displayed.ts';
import { isActiveSearchRow, isHeldRow } from '../../projections/saved-searches/active-search.ts';
import { openWorld, type World } from '../schedulers/support/world.ts';

const cleanup: (() => unknown)[] = [];
let world: World;

before(async () => {
  world = await openWorld({ after: (work) => cleanup.push(work as () => unknown) });
});
after(async () => {
  for (const work of cleanup.reverse()) await work();
});

/** The answers of a fragment, in the order of the records' keys. */
const answers = async (view: string, key: string, fragment: RawBuilder<boolean>): Promise<(boolean | null)[]> => {
  const { rows } = await sql<{ holds: boolean | null }>`
    select ${fragment} as holds from ${sql.table(view)} order by ${sql.ref(key)}`.execute(world.db);
  return rows.map(({ holds }) => holds);
};

test('the domain and SQL agree on which agents are with the brokerage', async () => {
  const agents = [{ memberStatus: 'Active' }, { memberStatus: 'Inactive' }, {}] as const;
  for (const [index, fields] of agents.entries()) await world.agent(`a${index}`, fields);
  await world.catchUp();
  assert.deepEqual(await answers('read.agents', 'member_key', isActiveAgentRow), agents.map(isActive));
});

test('the domain and SQL agree on which homes may be shown to the public', async () => {
  const homes = [{ internetEntireListingDisplayYN: true }, { internetEntireListingDisplayYN: false }, {}];
  for (const [index, fields] of homes.entries())
    await world.listing(`l${index}`, { listingId: `RX-${index}`, standardStatus: 'Active', ...fields });
  await world.catchUp();
  assert.deepEqual(await answers('read.listings', 'listing_key', isDisplayedRow), homes.map(isDisplayed));
});

test('the domain and SQL agree on which saved searches are active, and the active ones with hold reasons are held', async () => {
  const reason = { field: 'criteria', code: 'criterion-unclear', found: 'x' };
  const searches = [{ activeYN: true }, { activeYN: false }, {}].flatMap((fields) =>
    [[], [reason]].map((holdReasons) => ({ fields, holdReasons })),
  );
  for (const [index, { fields, holdReasons }] of searches.entries())
    await world.savedSearch(`s${index}`, { contactKey: 'c1', criteria: {}, ...fields }, holdReasons);
  await world.catchUp();
  const active = searches.map(({ fields }) => isActiveSearch(fields));
  assert.deepEqual(await answers('read.saved_searches', 'saved_search_key', isActiveSearchRow), active);
  assert.deepEqual(
    await answers('read.saved_searches', 'saved_search_key', isHeldRow),
    searches.map(({ holdReasons }, index) => active[index] && holdReasons.length > 0),
  );
});
