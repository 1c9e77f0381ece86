/** `send-forever.ts <database url> <config as JSON>`: delivers until it is killed. For crash tests. */

import { sendDue } from '../../delivery/sending/send-due.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { openDatabase } from '../../platform/database/database.ts';
import { createLogger } from '../../platform/logging/log.ts';

const [, , databaseUrl, config] = process.argv;
const { db } = openDatabase<unknown>(databaseUrl!, { applicationName: 'test' });
const transports = await openTransports(db, JSON.parse(config!));
const log = createLogger({ level: 'silent' });
console.log('ready');
for (;;) {
  await sendDue({ db, log, transports });
  await new Promise((resolve) => setTimeout(resolve, 5));
}
