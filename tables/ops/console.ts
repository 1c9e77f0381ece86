export const consoleTables = {
  consoleUser: {
    consoleUserId: 'bigint default',
    userName: 'text',
    passwordHash: 'text',
    createdAt: 'timestamptz default',
    passwordChangedAt: 'timestamptz default',
  },
  consoleSession: {
    tokenHash: 'bytea',
    consoleUserId: 'bigint',
    createdAt: 'timestamptz default',
    lastUsedAt: 'timestamptz default',
  },
  consoleLogInAttempt: {
    limitedKey: 'bytea',
    attempts: 'integer',
    windowEndsAt: 'timestamptz',
  },
  apiKey: {
    name: 'text',
    keyHash: 'bytea',
    createdAt: 'timestamptz default',
    lastUsedAt: 'timestamptz null',
    revokedAt: 'timestamptz null',
  },
  intakeRequest: {
    name: 'text',
    idempotencyKey: 'text',
    bodyHash: 'bytea',
    createdAt: 'timestamptz default',
  },
} as const;
