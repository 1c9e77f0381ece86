import { shownUrl } from '../../platform/logging/shown-url.ts';
import type { Check } from './check.ts';

const checkIt =
  'Check that it is running, and EVENTSTORE_URL. The embedded one logs to logs/eventstore.log in the home folder.';

/** The event store: its version, its nodes, and what this user may do in it. */
export async function examineEventStore(url: string): Promise<Check[]> {
  const { connectEventStore } = await import('../../eventstore/event-store.ts');
  const { inspectEventStore } = await import('../../eventstore/inspect.ts');
  // A single attempt gives a node of a cluster one second, which a busy machine may need to connect.
  const store = connectEventStore(url, { ms: 3_000 });
  const failed = (problem: string, hint: string): Check[] => [
    { name: 'event store', state: 'failed', detail: `${shownUrl(url)}${problem}`, hint },
  ];
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<'silent'>((resolve) => {
    timer = setTimeout(resolve, 8_000, 'silent');
  });
  try {
    const found = await Promise.race([inspectEventStore(store), silent]);
    if (found === 'silent') return failed(' does not answer', checkIt);
    const { version, roundTripMs, end, nodes, missingRights } = found;
    const { givingRight } = await import('../../eventstore/explain-error.ts');
    const upTo = missingRights.includes('read $all') ? [] : [end === null ? 'empty' : `up to position ${end}`];
    return [
      {
        name: 'event store',
        state: 'ok',
        detail: [`${version} at ${shownUrl(url)}`, ...upTo, `round trip ${roundTripMs} ms`].join(', '),
        facts: {
          version,
          roundTripMs,
          endsAt: end === null ? null : String(end),
          nodes: nodes.map((node) => ({ ...node, endpoint: undefined, at: at(node), role: roleOf(node.state) })),
          leader: nodes.filter(leads).map(at)[0] ?? null,
          missingRights,
        },
      },
      ...missingRights.map(
        (right): Check => ({
          name: 'event store right',
          state: 'failed',
          detail: `this user may not ${right}`,
          hint: givingRight(right),
        }),
      ),
      ...(nodes.length > 1 ? cluster(nodes) : []),
    ];
  } catch (error) {
    const { explainEventStoreError, runAgain } = await import('../../eventstore/explain-error.ts');
    const known = explainEventStoreError(error);
    if (known === undefined) throw error;
    return failed(`: ${known.message}`, known.hint === undefined || known.hint === runAgain ? checkIt : known.hint);
  } finally {
    clearTimeout(timer);
    await store.close();
  }
}

type Node = Awaited<ReturnType<typeof import('../../eventstore/inspect.ts').inspectEventStore>>['nodes'][number];

const leads = ({ state }: Node): boolean => state === 'LEADER';
const at = ({ endpoint: { host, port } }: Node): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The states of nodes in gossip, in plain words. */
const roles: Readonly<Record<string, string>> = {
  LEADER: 'leader',
  FOLLOWER: 'follower',
  READONLYREPLICA: 'read-only replica',
  PREREADONLYREPLICA: 'read-only replica, joining',
  READONLYLEADERLESS: 'read-only replica without a leader',
  INITIALIZING: 'starting',
  DISCOVERLEADER: 'looking for the leader',
  PREREPLICA: 'follower, joining',
  CLONE: 'follower, joining',
  CATCHINGUP: 'follower, catching up',
  PRELEADER: 'leader, not ready yet',
  RESIGNINGLEADER: 'leader, resigning',
  MANAGER: 'manager',
  SHUTTINGDOWN: 'shutting down',
  SHUTDOWN: 'shut down',
};
const roleOf = (state: string): string => roles[state] ?? 'role unknown';

const cluster = (nodes: readonly Node[]): Check[] => [
  ...nodes.map((node): Check => {
    const { state, version, answeredInMs, problem } = node;
    const found = problem === null ? `${version}, answers in ${answeredInMs} ms` : `does not answer (${problem})`;
    return {
      name: 'event store node',
      state: problem === null ? 'ok' : 'warning',
      detail: `${at(node)}, ${roleOf(state)}, ${found}`,
      ...(problem === null ? {} : { hint: 'Check that it is running, and that this machine may connect to it.' }),
    };
  }),
  ...(nodes.some(leads)
    ? []
    : [
        {
          name: 'event store leader',
          state: 'failed' as const,
          detail: 'no node leads: nothing can be appended',
          hint: 'A cluster elects a leader while more than half of its nodes can reach each other.',
        },
      ]),
];
