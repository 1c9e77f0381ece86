/**
 * The arrows between rooms point one way (see ARCHITECTURE.md). Each rule names a room and what it may not reach for.
 * A room that is not named here may be used by every room that no rule keeps from it.
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

/** What a room of the projections' engine may use: others of its rooms by name, its ground floor, and the rooms below it. */
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
    only('samples', 'samples', [], 'the generator knows nothing of what imports its dumps'),
    ...roomsOf('samples/generator', ['samples/generator/[a-z-]+\\.(d\\.)?ts$'], {
      facts: [[], 'what is true does not depend on how the old CRM wrote it down'],
      documents: [['facts'], 'a document says what is true, more or less'],
      shapes: [['facts', 'documents'], 'the same truth under the names of other CRMs'],
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
      agent: [['catalogue', 'identity'], 'aggregates do not know each other'],
      lead: [['catalogue', 'identity'], 'aggregates do not know each other'],
      listing: [['catalogue', 'identity'], 'aggregates do not know each other'],
      'saved-search': [['catalogue', 'identity'], 'aggregates do not know each other'],
      'routing-policy': [['identity'], 'aggregates do not know each other'],
      ownership: [[], 'aggregates do not know each other'],
    }),
    ...roomsOf('eventstore', ['domain', 'platform'], {
      reader: [['server/failure.ts$', 'stored-event.ts$'], 'reading needs no append and no subscription'],
      server: [['reader', 'stored-event.ts$'], 'how a server is reached does not depend on what is asked of it'],
    }),
    only(
      'embedded-event-store',
      'eventstore/embedded',
      [sessionSettings],
      'the embedded server knows nothing of openhouse; what it needs of a session of PostgreSQL is no different from ours',
    ),
    only(
      'grpc-streams',
      'eventstore/embedded/grpc/streams',
      ['eventstore/embedded/grpc/[a-z-]+\\.ts$', 'eventstore/embedded/storage', wire],
      'calls on streams need no persistent subscriptions',
    ),
    ...roomsOf('importers/legacy/fields/numbers', ['domain', 'importers/legacy/[a-z-]+\\.ts$'], {
      quantities: [[], 'one amount, with its unit'],
      ranges: [['quantities'], 'a range has two of them'],
    }),
    only(
      'storage-writing',
      'eventstore/embedded/storage/writing',
      ['eventstore/embedded/storage/[a-z-]+\\.ts$', wire, sessionSettings],
      'what is written knows no reader',
    ),
    ...['kept', 'consumers', 'source'].map((name) =>
      only(
        name,
        `eventstore/embedded/persistent/${name}`,
        persistentMay('kept', 'consumers'),
        'the groups put these together',
      ),
    ),
    only(
      'groups',
      'eventstore/embedded/persistent/groups',
      persistentMay('kept', 'consumers', 'source'),
      'groups know no calls',
    ),
    only('eventstore', 'eventstore', ['domain', 'platform'], 'the one place that knows @eventstore/db-client'),
    {
      name: 'eventstore-client-only-there',
      severity: 'error',
      from: { pathNot: ['^eventstore/', '^tests/', '^bench/'] },
      to: { path: '^node_modules/@eventstore/' },
    },
    only('platform', 'platform', [], 'platform knows no other room'),
    ...roomsOf('platform', ['platform/[a-z-]+\\.ts$'], {
      config: [[], 'what is configured is read before anything else'],
      logging: [['config'], 'a log needs to know how much it is to say'],
      database: [['logging'], 'errors show the address of a database without its password'],
      lease: [['database'], 'a lease is a row'],
      processes: [['database', 'logging'], 'a process that fails to register says so'],
      postgres: [[], 'it runs a PostgreSQL, and connects to none'],
      supervisor: [['config', 'logging', 'postgres'], 'the supervisor runs the servers'],
    }),
    only('commands', 'commands', ['domain', 'eventstore', 'platform'], 'commands write events and nothing else'),
    only('matching', 'matching', ['domain'], 'both matchers are pure'),
    only('projections', 'projections', ['domain', 'eventstore', 'platform'], 'only projections write read models'),
    only('builds', 'projections/engine/builds', engineMay(), 'what a build is knows nothing of what is done with it'),
    only('feeding', 'projections/engine/feeding', engineMay('builds'), 'feeding a build needs to know what one is'),
    only(
      'releasing',
      'projections/engine/releasing',
      engineMay('builds', 'feeding'),
      'a release is built, fed and shown',
    ),
    only(
      'comparing',
      'projections/engine/comparing',
      engineMay('builds', 'feeding'),
      'two builds are fed to one position',
    ),
    only('inspecting', 'projections/engine/inspecting', engineMay('builds', 'feeding'), 'to look changes nothing live'),
    only('tables', 'tables', ['projections'], 'the types of all tables: of read models from their projections'),
    only(
      'importers',
      'importers',
      ['commands', 'domain', 'eventstore', 'delivery', 'platform', 'tables'],
      'an importer gives commands; what the old CRM had sent goes into the memory of delivery',
    ),
    ...roomsOf(
      'importers/staging',
      ['domain', 'platform', 'tables', 'importers/legacy', 'importers/mappings', 'importers/raw', importersGround],
      {
        documents: [[], 'how a document is kept does not depend on what is asked of it'],
        ids: [['documents'], 'ids are read before anything is staged'],
        references: [['documents'], 'a reference points at a document that is kept'],
        grouping: [['documents', 'references'], 'documents that are kept are grouped'],
        arriving: [['documents', 'references'], 'a document arrives beside those that are kept'],
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
      'what is to be appended is worked out from documents and streams alone',
    ),
    ...roomsOf('importers', ['commands', 'domain', 'eventstore', 'delivery', 'platform', 'tables', importersGround], {
      legacy: [[], 'what a field means depends on nothing that was imported before'],
      mappings: [['legacy'], 'a mapping says where things are; how they are read is up to the readers'],
      raw: [['legacy'], 'the bytes of a document tell its key and its names without a mapping'],
      staging: [['legacy', 'mappings', 'raw'], 'staging knows documents, not records'],
      ledger: [['staging/documents'], 'the ledger says which document was applied'],
      differences: [[], 'where the two sides differ is kept, whoever finds it'],
      'alerts-sent': [['legacy', 'mappings', 'raw', 'staging'], 'what was sent becomes memory, and no events'],
      apply: [
        ['legacy', 'staging', 'ledger', 'differences'],
        'records are made of staged documents, wherever these came from',
      ],
      masking: [['legacy'], 'personal data is masked the same way wherever it is shown'],
      reporting: [['masking', 'mappings'], 'a report is made of what is on file, and names fields as the mapping does'],
      running: [
        ['mappings', 'staging', 'ledger', 'alerts-sent', 'apply', 'reporting'],
        'a run does not depend on where its source is, or on who started it',
      ],
      dump: [['mappings', 'raw', 'running'], 'a dump is a source'],
      mongo: [
        ['legacy', 'mappings', 'staging', 'dump', 'running'],
        'a live MongoDB is a source, and gives the bytes of a dump',
      ],
      inspecting: [['legacy', 'mappings', 'masking', 'dump', 'mongo'], 'looking into a source imports nothing'],
      quarantine: [['legacy', 'mappings', 'staging', 'dump', 'running'], 'what is in quarantine is imported again'],
      splitting: [['mappings', 'running'], 'a split by hand is an import without documents'],
      remap: [
        ['mappings', 'masking', 'legacy', 'staging', 'dump', 'inspecting', 'quarantine', 'running'],
        'a remap is an import of what is on file',
      ],
    }),
    only(
      'history',
      'history',
      ['domain', 'eventstore', 'platform', 'tables'],
      'history reads streams, and looks records up in the views',
    ),
    only('delivery', 'delivery', ['platform', 'tables'], 'only the outbox talks to the outside'),
    ...roomsOf('delivery', ['platform', 'tables', 'delivery/[a-z-]+\\.ts$'], {
      email: [[], 'how an e-mail is built does not depend on who sends it'],
      slack: [[], 'how a message is built does not depend on who sends it'],
      providers: [['email', 'slack'], 'a provider is given what the builders made'],
      preview: [['providers'], 'the previews answer as the providers do'],
      sending: [['providers', 'preview'], 'sending chooses between providers and previews'],
    }),
    only(
      'schedulers',
      'schedulers',
      [...belowSchedulers, 'importers'],
      'jobs query read models, match, command and queue; one of them imports',
    ),
    ...roomsOf('schedulers', [...belowSchedulers, 'importers', schedulersGround], {
      alerts: [['recipients'], 'buyers are notified whatever agents are offered'],
      'lead-offers': [[], 'leads are offered whatever buyers are sent'],
      'lead-messages': [['recipients', 'lead-offers'], 'what was offered is shown as it is now'],
      'agent-matches': [['recipients', 'alerts', 'lead-offers'], 'agents are sent what their buyers matched'],
      'agent-summaries': [['recipients', 'lead-offers'], 'a summary repeats what was offered'],
      delivering: [['recipients'], 'what is delivered has been queued, by whichever job'],
      upkeep: [['alerts', 'lead-offers'], 'clean-up and book check look at what the jobs wrote'],
      'old-crm': [[], 'the old CRM is followed by the importers'],
    }),
    only(
      'recipients',
      'schedulers/recipients',
      ['domain', 'delivery', 'platform', 'tables'],
      'where a person can be reached does not depend on which job asks',
    ),
    only(
      'running-a-job',
      'schedulers/running/(?!start-schedulers)[a-z-]+\\.ts$',
      ['commands', 'platform', 'tables', schedulersGround],
      'how a job runs does not depend on which job it is',
    ),
    ...roomsOf(
      'schedulers/lead-offers',
      [...belowSchedulers, schedulersGround, 'schedulers/lead-offers/(deps|one-by-one).ts$'],
      {
        reading: [[], 'what is known of leads and agents does not depend on what is done with it'],
        messages: [['reading'], 'messages say what is on record'],
        policy: [['reading'], 'a policy is tried on the leads and agents there are'],
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
        matching: [['searches'], 'changes are matched with searches'],
        digests: [['searches', 'matching'], 'what matched is put into e-mails'],
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
      'queries read, and are asked by the ways in; an explanation computes a choice again',
    ),
    only(
      'recovery',
      'recovery',
      ['eventstore', 'platform', 'projections', 'tables', 'importers', 'schedulers'],
      'recovery puts right what does not fit between event store and database, in every room that goes by positions',
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
      'Slack is a way in of its own: it commands and asks, and knows no console',
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
