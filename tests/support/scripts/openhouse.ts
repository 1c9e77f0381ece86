/** What `bin/openhouse` does, to be bundled. */
import { main } from '../../../cli/main.ts';

await main(process.argv.slice(2));
