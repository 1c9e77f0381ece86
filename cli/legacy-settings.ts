import type { Config } from '../platform/config/config.ts';
import type { LegacySettings } from '../schedulers/deps.ts';

/** How the configured legacy database is followed; `undefined` if there is none. */
export const legacySettings = ({
  mongoUrl,
  mapping,
  followLagSeconds,
  followSweepMinutes,
  followCompareHours,
  followDeletePercent,
  quarantineLimit,
}: Config): LegacySettings | undefined =>
  mongoUrl === undefined
    ? undefined
    : {
        mongoUrl,
        mapping,
        lagMs: followLagSeconds * 1_000,
        sweepEveryMs: followSweepMinutes * 60_000,
        compareEveryMs: followCompareHours * 3_600_000,
        maxGoneShare: followDeletePercent / 100,
        quarantineLimit,
      };
