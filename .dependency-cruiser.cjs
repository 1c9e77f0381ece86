/**
 * The arrows between rooms point one way (see ARCHITECTURE.md). Each rule names a room and what it may not import.
 * A room may use any other room unless a rule forbids it.
 */
/** A folder, or (ending in `$`) files by a pattern. */
const room = (path) => (path.endsWith('$') ? `^${path}` : `^${path}/`);

/** `from` may import only npm packages, Node's own modules, itself and `allowed`. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: room(from), ...(name === 'eventstore' ? { pathNot: room('eventstore/embedded') } : {}) },
  to: { path: '^[^.]', pathNot: ['^node_modules/', room(from), ...allowed.map(room)], dependencyTypesNot: ['core'] },
});

/**
 * What a room of the projections' engine may use: other rooms of the engine by name, the files directly in its folder,
 * and the rooms below it.
 */
const engineMay = (...rooms) => [
  ...rooms.map((name) => `projections/engine/${name}`),
  'projections/engine/[a-z-]+\\.ts$',
  'projections/[a-z-]+\\.ts$',
  'domain',
  'eventstore',
  'platform',
];

/** Rooms within one: each may use those of its neighbours that are named, and what is `below` all of them. */
const roomsOf = (parent, below, rooms) =>
  Object.entries(rooms).map(([name, [neighbours, comment]]) =>
    only(name, `${parent}/${name}`, [...neighbours.map((neighbour) => `${parent}/${neighbour}`), ...below], comment),
  );

/** What every room of the importers may use; `import-any.ts` is above them all. */
const importersGround = 'importers/(?!import-any)[a-z-]+\\.ts$';

/** What every job may use; `jobs.ts` is the list of them all. */
const schedulersGround = 'schedulers/(?!jobs)[a-z-]+\\.ts$';
/** The rooms that jobs stand on. */
const belowSchedulers = [
  'domain',
  'matching',
  'commands',
  'projections',
  'delivery',
  'eventstore',
  'platform',
  'tables',
];

const wire = 'eventstore/embedded/wire';
const sessionSettings = 'platform/database/session-settings.ts$';

/** What a room of the persistent subscriptions may use. */
const persistentMay = (...rooms) => [
  ...rooms.map((name) => `eventstore/embedded/persistent/${name}`),
  'eventstore/embedded/persistent/[a-z-]+\\.ts$',
  'eventstore/embedded/storage',
  'eventstore/embedded/grpc',
  wire,
];

module.exports = {
  forbidden: [
    only('samples', 'samples', [], 'the generator does not depend on what imports its dumps'),
    ...roomsOf('samples/generator', ['samples/generator/[a-z-]+\\.(d\\.)?ts$'], {
      facts: [[], 'facts do not depend on how the old CRM wrote them'],
      documents: [['facts'], 'documents are made from facts, with oddities'],
      shapes: [['facts', 'documents'], 'the same facts under the names that other CRMs use'],
    }),
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('domain', 'domain', [], 'the domain is pure: zod and nothing else'),
    {
      name: 'domain-packages',
      severity: 'error',
      from: { path: room('domain') },
      to: { path: '^node_modules/', pathNot: '^node_modules/zod/' },
    },
    ...roomsOf('domain', ['domain/[a-z-]+\\.ts$'], {
      identity: [[], 'who a person is, and which document an ID means, is the same for every aggregate'],
      catalogue: [[], 'what a field is does not depend on which record has it'],
      agent: [['catalogue', 'identity'], 'aggregates do not depend on each other'],
      lead: [['catalogue', 'identity'], 'aggregates do not depend on each other'],
      listing: [['catalogue', 'identity'], 'aggregates do not depend on each other'],
      'saved-search': [['catalogue', 'identity'], 'aggregates do not depend on each other'],
      'routing-policy': [['identity'], 'aggregates do not depend on each other'],
      ownership: [[], 'aggregates do not depend on each other'],
    }),
    ...roomsOf('eventstore', ['domain', 'platform'], {
      reader: [['server/failure.ts$', 'stored-event.ts$'], 'reading does not need appends or subscriptions'],
      server: [['reader', 'stored-event.ts$'], 'connecting to a server does not depend on the request'],
    }),
    only(
      'embedded-event-store',
      'eventstore/embedded',
      [sessionSettings],
      'the embedded server does not depend on openhouse, except for the settings of a PostgreSQL session, which both need',
    ),
    only(
      'grpc-streams',
      'eventstore/embedded/grpc/streams',
      ['eventstore/embedded/grpc/[a-z-]+\\.ts$', 'eventstore/embedded/storage', wire],
      'calls on streams do not need persistent subscriptions',
    ),
    ...roomsOf('importers/legacy/fields/numbers', ['domain', 'importers/legacy/[a-z-]+\\.ts$'], {
      quantities: [[], 'a quantity is one amount with its unit'],
      ranges: [['quantities'], 'a range has two quantities'],
    }),
    only(
      'storage-writing',
      'eventstore/embedded/storage/writing',
      ['eventstore/embedded/storage/[a-z-]+\\.ts$', wire, sessionSettings],
      'writing does not depend on readers',
    ),
    ...['kept', 'consumers', 'source'].map((name) =>
      only(
        name,
        `eventstore/embedded/persistent/${name}`,
        persistentMay('kept', 'consumers'),
        'only the groups combine these',
      ),
    ),
    only(
      'groups',
      'eventstore/embedded/persistent/groups',
      persistentMay('kept', 'consumers', 'source'),
      'groups do not depend on calls',
    ),
    only('eventstore', 'eventstore', ['domain', 'platform'], 'only this room uses @eventstore/db-client'),
    {
      name: 'eventstore-client-only-there',
      severity: 'error',
      from: { pathNot: ['^eventstore/', '^tests/', '^bench/'] },
      to: { path: '^node_modules/@eventstore/' },
    },
    only('platform', 'platform', [], 'platform does not depend on any other room'),
    ...roomsOf('platform', ['platform/[a-z-]+\\.ts$', 'platform/wording'], {
      wording: [[], 'words and times as people read them are made from nothing else'],
      config: [[], 'the configuration is read before anything else'],
      logging: [['config'], 'the log level is configured'],
      database: [['logging'], 'errors show the address of a database without its password'],
      lease: [['database'], 'a lease is a row in the database'],
      processes: [['database', 'logging'], 'a process that fails to register logs it'],
      postgres: [[], 'it runs a PostgreSQL without connecting to one'],
      supervisor: [['config', 'logging', 'postgres'], 'the supervisor runs the servers'],
    }),
    only('commands', 'commands', ['domain', 'eventstore', 'platform'], 'commands write events and nothing else'),
    only('matching', 'matching', ['domain'], 'both matchers are pure'),
    only('projections', 'projections', ['domain', 'eventstore', 'platform'], 'only projections write read models'),
    only('builds', 'projections/engine/builds', engineMay(), 'a build does not depend on what is done with it'),
    only('feeding', 'projections/engine/feeding', engineMay('builds'), 'feeding works on builds'),
    only(
      'releasing',
      'projections/engine/releasing',
      engineMay('builds', 'feeding'),
      'releasing builds, feeds and then shows a read model',
    ),
    only(
      'comparing',
      'projections/engine/comparing',
      engineMay('builds', 'feeding'),
      'comparing feeds two builds to the same position',
    ),
    only(
      'inspecting',
      'projections/engine/inspecting',
      engineMay('builds', 'feeding'),
      'inspecting changes nothing that is live',
    ),
    only('tables', 'tables', ['projections'], 'the types of all tables: of read models from their projections'),
    only(
      'importers',
      'importers',
      ['commands', 'domain', 'eventstore', 'delivery', 'platform', 'tables'],
      'importers issue commands, and pass what the old CRM had sent to the memory of delivery',
    ),
    ...roomsOf(
      'importers/staging',
      ['domain', 'platform', 'tables', 'importers/legacy', 'importers/mappings', 'importers/raw', importersGround],
      {
        documents: [[], 'storing documents does not depend on how they are used'],
        ids: [['documents'], 'ids are read before anything is staged'],
        pages: [['ids', 'unread-fields.ts$'], 'a page is known by its documents, whatever becomes of them'],
        references: [['documents'], 'references point to stored documents'],
        grouping: [['documents', 'references'], 'grouping works on stored documents'],
        arriving: [['documents', 'references'], 'arriving documents are compared with stored ones'],
      },
    ),
    only(
      'planning',
      'importers/apply/planning',
      [
        'commands',
        'domain',
        'eventstore',
        'importers/legacy',
        'importers/staging/references',
        'importers/apply/load-pending.ts$',
      ],
      'planning needs only documents and streams',
    ),
    ...roomsOf('importers', ['commands', 'domain', 'eventstore', 'delivery', 'platform', 'tables', importersGround], {
      legacy: [[], 'reading a field does not depend on earlier imports'],
      mappings: [['legacy'], 'a mapping says where things are; how they are read is up to the readers'],
      raw: [['legacy'], 'finding the key and the names in the bytes of a document does not need a mapping'],
      staging: [['legacy', 'mappings', 'raw'], 'staging works on documents, not on records'],
      ledger: [['staging/documents'], 'the ledger records which documents were applied'],
      differences: [[], 'differences are stored the same way, whatever finds them'],
      'alerts-sent': [['legacy', 'mappings', 'raw', 'staging'], 'alerts that were sent become memory, not events'],
      apply: [
        ['legacy', 'staging', 'ledger', 'differences'],
        'records are made from staged documents, whatever their source',
      ],
      masking: [['legacy'], 'personal data is masked the same way wherever it is shown'],
      reporting: [['masking', 'mappings'], 'reports read what is on file, and name fields as the mapping does'],
      running: [
        ['differences', 'mappings', 'staging', 'ledger', 'alerts-sent', 'apply', 'reporting'],
        'a run does not depend on its kind of source or on what started it',
      ],
      dump: [['mappings', 'raw', 'running'], 'a dump is a source'],
      mongo: [
        ['legacy', 'mappings', 'raw', 'staging', 'alerts-sent', 'dump', 'running'],
        'a live MongoDB is a source, and gives the bytes of a dump',
      ],
      inspecting: [['legacy', 'mappings', 'masking', 'dump', 'mongo'], 'inspecting a source imports nothing'],
      quarantine: [
        ['legacy', 'mappings', 'staging', 'dump', 'running'],
        'correcting and retrying import what is in quarantine',
      ],
      splitting: [
        ['differences', 'mappings', 'running'],
        'a split by hand is an import without documents; open conflicts are decided before',
      ],
      remap: [
        ['mappings', 'masking', 'legacy', 'staging', 'dump', 'inspecting', 'quarantine', 'running'],
        'a remap is an import of what is on file',
      ],
    }),
    only(
      'history',
      'history',
      ['domain', 'eventstore', 'platform', 'tables'],
      'history reads streams, and looks up records in the views',
    ),
    only('delivery', 'delivery', ['platform', 'tables'], 'delivery sends what is in the outbox, whatever queued it'),
    ...roomsOf('delivery', ['platform', 'tables', 'delivery/[a-z-]+\\.ts$'], {
      email: [[], 'how an e-mail is built does not depend on who sends it'],
      slack: [[], 'how a message is built does not depend on who sends it'],
      providers: [['email', 'slack'], 'a provider is given what the builders made'],
      preview: [['providers'], 'previews answer like the providers'],
      sending: [['providers', 'preview'], 'sending chooses between providers and previews'],
    }),
    only(
      'schedulers',
      'schedulers',
      [...belowSchedulers, 'importers'],
      'jobs query read models, match, command and queue; one of them imports',
    ),
    ...roomsOf('schedulers', [...belowSchedulers, 'importers', schedulersGround], {
      alerts: [['recipients'], 'alerts do not depend on lead offers'],
      'lead-offers': [[], 'leads are offered whatever buyers are sent'],
      'lead-messages': [['recipients', 'lead-offers'], 'lead messages show the present state of offers'],
      'agent-matches': [['recipients', 'alerts', 'lead-offers'], 'agents are notified about what their buyers matched'],
      'agent-summaries': [['recipients', 'lead-offers'], 'a summary repeats what was offered'],
      delivering: [['recipients'], 'delivering does not depend on which job queued a message'],
      upkeep: [['alerts', 'lead-offers'], 'clean-up and book check read what the jobs wrote'],
      'old-crm': [[], 'the old CRM is followed by the importers'],
    }),
    only(
      'recipients',
      'schedulers/recipients',
      ['domain', 'delivery', 'platform', 'tables'],
      'recipients do not depend on which job asks for them',
    ),
    only(
      'running-a-job',
      'schedulers/running/(?!start-schedulers)[a-z-]+\\.ts$',
      ['commands', 'platform', 'tables', schedulersGround],
      'running a job does not depend on which job it is',
    ),
    ...roomsOf(
      'schedulers/lead-offers',
      [...belowSchedulers, schedulersGround, 'schedulers/lead-offers/(deps|one-by-one).ts$'],
      {
        reading: [[], 'reading leads and agents does not depend on what is done with them'],
        messages: [['reading'], 'messages are made from what is on record'],
        policy: [['reading'], 'a policy is tried on the existing leads and agents'],
      },
    ),
    ...roomsOf(
      'schedulers/alerts',
      [
        'domain',
        'matching',
        'projections',
        'delivery',
        'eventstore',
        'platform',
        'tables',
        schedulersGround,
        'schedulers/recipients',
        'schedulers/alerts/homes.ts$',
      ],
      {
        searches: [[], 'a search is live or on hold whatever happens in the market'],
        matching: [['searches'], 'matching compares changes with searches'],
        digests: [['searches', 'matching'], 'digests put matches into e-mails'],
      },
    ),
    only(
      'queries',
      'queries',
      [
        'domain',
        'matching',
        'platform',
        'eventstore',
        'history',
        'projections',
        'tables',
        'importers',
        'delivery',
        'schedulers',
        'recovery',
      ],
      'queries only read, for all interfaces; to explain a choice, they compute it again',
    ),
    only(
      'recovery',
      'recovery',
      ['eventstore', 'platform', 'projections', 'tables', 'importers', 'schedulers'],
      'recovery repairs mismatches between event store and database, in every room that stores positions',
    ),
    only(
      'answering-slack',
      'slack',
      [
        'domain',
        'commands',
        'matching',
        'eventstore',
        'history',
        'tables',
        'queries',
        'delivery',
        'schedulers',
        'platform',
      ],
      'Slack is a separate interface: it uses commands and queries, but not the console',
    ),
    {
      name: 'console-pages',
      comment: 'how a page is rendered and what its forms need does not depend on the page',
      severity: 'error',
      from: { path: ['^console/rendering/', '^console/forms/', '^console/monitoring/'] },
      to: { path: ['^console/pages/', '^console/slack/', '^console/access/', '^console/[a-z-]*server\\.ts$'] },
    },
    {
      name: 'nothing-uses-the-ways-in',
      severity: 'error',
      from: { pathNot: ['^cli/', '^console/', '^slack/', '^bin/', '^tests/', '^bench/'] },
      to: { path: ['^cli/', '^console/', '^slack/'] },
    },
    {
      name: 'nothing-uses-tests',
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
