import type { Condition, Severity } from '../../queries/conditions/condition.ts';
import { conditions } from '../../queries/conditions/list.ts';
import { injections } from './injections.ts';

const severityText: Readonly<Record<Severity, string>> = {
  down: 'down: `/health` 503, `openhouse doctor` exits 4',
  broken: 'broken: `/health` says `degraded`, `openhouse doctor` exits 1',
  attention: 'waits for a person: `/health` says `attention`, `openhouse doctor` exits 3',
  note: 'for information: `/health` stays `ok`, `openhouse doctor` exits 0',
};

/** How the tests bring about those that need servers of their own. */
const elsewhere: Readonly<Record<string, string>> = {
  'postgres-down': 'A server that accepts connections and never answers stands in its place.',
  'event-store-down': 'Its process is stopped.',
  'connections-run-out': 'Other sessions hold all connections but one.',
  'read-models-missing': 'An import is on record with events, and nothing has built a read model.',
};

const section = ({ name, label, severity, detected, whatToDo, seenWithin }: Condition): string => `### ${label}

\`${name}\`, ${severityText[severity]}.

- **Found how**: ${detected}
- **What to do**: ${whatToDo}
- **Injected by**: ${injections[name]?.how ?? elsewhere[name]}
- **Seen within**: ${seenWithin}.
`;

/** docs/when-something-is-wrong.md, from the conditions of the code and from how the tests inject them. */
export const conditionsPage = (): string => `# When something is wrong

Everything that can be wrong is one list, \`queries/conditions/list.ts\`, and this page is made from it
(\`tests/queries/conditions.test.ts\` injects each condition, looks for it in all four places, and checks this page).

## Where it shows

- **The console's first page** leads with what is wrong, the worst first, and with what to do.
- **\`openhouse doctor\`** says the same, and which processes run what on which machine. It exits 0 when all is well, 3 when something
  waits for a person, 1 when something is broken, 4 when a server cannot be reached.
- **\`/health\`** of the console is the same as JSON. \`status\` is \`ok\`, \`attention\`, \`degraded\` or \`down\` (with HTTP status 503), and
  \`problems\` lists each condition that holds: its name, how severe it is, what it is about, since when, and what to do. It answers within
  seconds whatever hangs.
- **\`/metrics\`** has \`openhouse_condition{condition="…"}\` for every condition: how many findings there are of it, 0 when it does not hold.
- **\`/health/live\`** answers 200 as long as the process does; **\`/health/ready\`** answers 200 while PostgreSQL and the event store do, else 503.
  Containers want these two: what waits for a person is no reason to restart anything.

Each of these looks when it is asked. How long a condition has to last before it counts is said below as "seen within"; Prometheus adds its own
interval.

## Conditions

${conditions.map(section).join('\n')}`;
