/** `registered-process.ts <database url>`: registers as a process that runs jobs, and runs until it is killed. */

import { openDatabase } from '../../../platform/database/database.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { registerProcess } from '../../../platform/processes/register.ts';

const { db } = openDatabase<unknown>(process.argv[2]!, { applicationName: 'test' });
await registerProcess(db, createLogger({ level: 'silent' }), {
  command: 'openhouse start',
  home: '/',
  roles: ['jobs'],
  consoleUrl: null,
});
console.log('registered');
setInterval(() => {}, 1_000);
