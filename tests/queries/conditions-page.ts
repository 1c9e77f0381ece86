import type { Condition, Severity } from '../../queries/conditions/condition.ts';
import { conditions } from '../../queries/conditions/list.ts';
import { injections } from './injections/index.ts';

const severityText: Readonly<Record<Severity, string>> = {
  down: 'down: `/health` 503, `openhouse doctor` exits 4',
  broken: 'broken: `/health` says `degraded`, `openhouse doctor` exits 1',
  attention: 'needs attention: `/health` says `attention`, `openhouse doctor` exits 3',
  note: 'for information: `/health` stays `ok`, `openhouse doctor` exits 0',
};

/** How the tests cause the conditions that need their own servers. */
const elsewhere: Readonly<Record<string, string>> = {
  'postgres-down': 'It is replaced by a server that accepts connections and never answers.',
  'event-store-down': 'Its process is stopped.',
  'database-ahead-of-store': 'The database is used with another event store, which is empty.',
  'postal-address-missing': 'A console and a doctor run with the settings of Postmark and without the address.',
  'postmark-reports-off':
    'A console and a doctor run with the settings of Postmark and without POSTMARK_WEBHOOK_SECRET.',
  'postmark-reports-missing': 'Five e-mails were sent three hours ago, and the last report is older.',
  'legacy-type-not-mapped': 'openhouse owns the listings, and OPENHOUSE_MAPPING names a file that has only leads.',
  'legacy-other-mapping': 'The last import used another mapping.',
  'legacy-differs': 'The last comparison of the listings, which openhouse owns, found two that differ.',
  'connections-run-out': 'Other sessions hold all connections but one.',
  'read-models-missing': 'An import has appended events, and no read model has been built.',
};

const section = ({ name, label, severity, detected, whatToDo, seenWithin }: Condition): string => `### ${label}

\`${name}\`, ${severityText[severity]}.

- **How it is detected**: ${detected}
- **What to do**: ${whatToDo}
- **How the test causes it**: ${injections[name]?.how ?? elsewhere[name]}
- **Shown within**: ${seenWithin}.
`;

/** Generates docs/when-something-is-wrong.md from the list of conditions and from how the tests cause them. */
export const conditionsPage = (): string => `# When something is wrong

Everything that can be wrong is one list, \`queries/conditions/list.ts\`. This page is generated from it:
\`tests/queries/conditions.test.ts\`, with \`conditions-of-servers\` and \`conditions-of-settings\`, causes each condition, and checks that
it shows in all four places and that this page is up to date.

## Where to look

- **The console's first page** starts with what is wrong, worst first, and what to do about it.
- **\`openhouse doctor\`** shows the same, and which processes run what on which machine. It exits with 0 when all is well, 3 when something
  needs attention, 1 when something is broken, and 4 when a server cannot be reached. Where no command is using a home's embedded
  servers, it says so (3), and checks what is in them with \`--start\`.
- **The console's \`/health\`** has the same as JSON. \`status\` is \`ok\`, \`attention\`, \`degraded\` or \`down\` (with HTTP status 503), and
  \`problems\` lists each condition that holds: its name, severity and subject, since when, and what to do. It answers within
  seconds, whatever hangs.
- **\`/metrics\`** has \`openhouse_condition{condition="…"}\` for every condition: the number of findings, or 0, and
  \`openhouse_part_away_since_seconds{part="Event store"}\`: since when the event store has been away, or 0.
- **\`/health/live\`** answers 200 as long as the process works; **\`/health/ready\`** answers 200 while PostgreSQL and the event store answer, else 503.
  Use these two for containers: a condition that needs a person's attention is no reason to restart anything.

Each of these checks when it is asked. "Shown within" below is how long it takes from the cause until it shows; Prometheus adds its own interval.

## Conditions

${conditions.map(section).join('\n')}`;
