/**
 * A command as others see it: opens the servers of a home, prints their URLs, and keeps them until its stdin closes.
 * Arguments: the home, and `eventstore` if it needs that too.
 */
import { loadConfig } from '../../../platform/config/config.ts';
import { openServers } from '../../../platform/servers.ts';

const [home, what] = process.argv.slice(2);
const servers = await openServers(loadConfig(process.env, { home: home! }), {
  command: 'test',
  needs: { eventStore: what === 'eventstore' },
});
console.log(JSON.stringify({ databaseUrl: servers.databaseUrl, eventStoreUrl: servers.eventStoreUrl }));
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve));
await servers.close();
