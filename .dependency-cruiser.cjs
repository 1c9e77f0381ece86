/**
 * The arrows between rooms point one way (see ARCHITECTURE.md). Each rule names a room and what it may not reach for.
 * A room that is not named here may be used by anybody who is not forbidden to.
 */
const room = (path) => `^${path}/`;

/** `from` may import only npm packages, Node's own modules, itself and `allowed`. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: room(from), ...(name === 'eventstore' ? { pathNot: room('eventstore/embedded') } : {}) },
  to: { path: '^[^.]', pathNot: ['^node_modules/', room(from), ...allowed.map(room)], dependencyTypesNot: ['core'] },
});

module.exports = {
  forbidden: [
    only('samples', 'samples', [], 'the generator knows nothing of what imports its dumps'),
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('domain', 'domain', [], 'the domain is pure: zod and nothing else'),
    {
      name: 'domain-packages',
      severity: 'error',
      from: { path: room('domain') },
      to: { path: '^node_modules/', pathNot: '^node_modules/zod/' },
    },
    only('embedded-event-store', 'eventstore/embedded', [], 'the embedded server knows nothing of openhouse'),
    only('eventstore', 'eventstore', ['domain', 'platform'], 'the one place that knows @eventstore/db-client'),
    {
      name: 'eventstore-client-only-there',
      severity: 'error',
      from: { pathNot: ['^eventstore/', '^tests/', '^bench/'] },
      to: { path: '^node_modules/@eventstore/' },
    },
    only('platform', 'platform', [], 'platform knows no other room'),
    only('commands', 'commands', ['domain', 'eventstore', 'platform'], 'commands write events and nothing else'),
    only('matching', 'matching', ['domain'], 'both matchers are pure'),
    only('projections', 'projections', ['domain', 'eventstore', 'platform'], 'only projections write read models'),
    only(
      'importers',
      'importers',
      ['commands', 'domain', 'eventstore', 'delivery', 'platform'],
      'an importer gives commands; what the old CRM had sent goes into the memory of delivery',
    ),
    only(
      'history',
      'history',
      ['domain', 'eventstore', 'platform'],
      'history reads streams, and looks records up in the views',
    ),
    only('delivery', 'delivery', ['platform'], 'only the outbox talks to the outside'),
    only(
      'schedulers',
      'schedulers',
      ['domain', 'matching', 'commands', 'projections', 'delivery', 'eventstore', 'platform'],
      'jobs query read models, match, command and queue',
    ),
    only(
      'queries',
      'queries',
      ['domain', 'platform', 'eventstore', 'history', 'projections', 'importers', 'delivery', 'schedulers'],
      'queries read, and are asked by the ways in',
    ),
    {
      name: 'nobody-needs-the-ways-in',
      severity: 'error',
      from: { pathNot: ['^cli/', '^console/', '^bin/', '^tests/', '^bench/'] },
      to: { path: ['^cli/', '^console/'] },
    },
    {
      name: 'nobody-needs-tests',
      severity: 'error',
      from: { pathNot: ['^tests/', '^bench/'] },
      to: { path: '^tests/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.openhouse|samples/legacy[^/]*)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
