export const schedulersTables = {
  jobRun: {
    jobRunId: 'bigint default',
    job: 'text',
    scheduledFor: 'timestamptz',
    trigger: 'text',
    startedAt: 'timestamptz default',
    finishedAt: 'timestamptz null',
    result: 'text default',
    counts: 'jsonb default',
    error: 'text null',
    leaseToken: 'bigint',
    report: 'jsonb null',
    idleYN: 'boolean default',
    failures: 'integer default',
    failingSince: 'timestamptz null',
  },
  alertCursor: {
    onlyRow: 'boolean default',
    position: 'bigint',
    movedAt: 'timestamptz default',
    eventId: 'text null',
    eventPosition: 'bigint null',
  },
  alertHeldRecord: {
    streamName: 'text',
    afterPosition: 'bigint',
    mended: 'boolean default',
  },
  alertPending: {
    contactKey: 'text',
    savedSearchKey: 'text',
    listingKey: 'text',
    changePosition: 'bigint',
    matchedAt: 'timestamptz default',
  },
  alertSearch: {
    savedSearchKey: 'text',
    lastToldAt: 'timestamptz',
  },
  leadNoticeCursor: {
    onlyRow: 'boolean default',
    position: 'bigint',
  },
  agentShare: {
    memberKey: 'text',
    deficit: 'double precision',
    lastOfferedAt: 'timestamptz null',
  },
  agentShareCursor: {
    onlyRow: 'boolean default',
    position: 'bigint',
  },
} as const;
