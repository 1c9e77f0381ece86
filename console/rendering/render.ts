import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { eventLabel, labelOf } from '../../domain/record-fields.ts';
import { atOnce, formatActor, formatField, formatTime } from '../../history/format.ts';
import { formatSource } from '../../history/format-source.ts';
import { isInternal } from '../../history/keys-shown.ts';
import { slugOf } from '../../history/record-types.ts';
import { quarantineLabel } from '../../importers/legacy/quarantine-codes.ts';
import { collectionLabel } from '../../importers/reporting/collection-labels.ts';
import type { Config } from '../../platform/config/config.ts';
import { phoneInWords } from '../../platform/wording/phone-in-words.ts';
import { capitalised, counted, number } from '../../platform/wording/words.ts';
import type { Following } from '../../queries/importing/following.ts';
import { followingInWords } from '../../queries/importing/following-words.ts';
import { countsInWords, jobLabel } from '../../queries/jobs/job-words.ts';
import { holdInWords, holdShown } from '../../queries/leads/hold-shown.ts';
import { currentVisit } from '../visit.ts';
import { bar } from './bar.ts';
import { messageHtml } from './html.ts';
import { momentInWords } from './moment-in-words.ts';
import { pathWith } from './paths.ts';
import { componentLabel, obstacleWords } from './routing-words.ts';

/** Helpers for all templates, as `it.…`. */
const helpers = {
  number,
  capitalised,
  counted,
  iso: (value: Date | string) => new Date(value).toISOString(),
  label: labelOf,
  event: eventLabel,
  field: formatField,
  atOnce,
  actor: formatActor,
  cameFrom: formatSource,
  hold: holdShown,
  holdInWords,
  isInternal,
  slug: slugOf,
  collection: collectionLabel,
  quarantine: quarantineLabel,
  countsInWords,
  jobLabel,
  /** `812 bytes`, `17 kB`, `16.3 MB`. */
  size: (bytes: number) =>
    bytes < 1_000
      ? `${bytes} bytes`
      : bytes < 1_000_000
        ? `${Math.round(bytes / 1_000)} kB`
        : `${(bytes / 1_000_000).toFixed(1)} MB`,
  phone: phoneInWords,
  bar,
  component: componentLabel,
  obstacle: obstacleWords,
  /** Points without noise: `12`, `3.5`. */
  points: (value: number) => String(Math.round(value * 100) / 100),
  /** `13%`; `digits` after the point. */
  percent: (share: number, digits = 0) => `${Math.round(share * 100 * 10 ** digits) / 10 ** digits}%`,
  /** A message, with what is between backticks as code. */
  withCode: (text: unknown) => messageHtml(String(text ?? '')),
  json: (value: unknown) => JSON.stringify(value, null, 2),
  /** `3 s`, `2 min`, `5 h`, `12 days`. */
  took: (ms: number) =>
    ms < 1_000
      ? `${Math.round(ms)} ms`
      : ms < 120_000
        ? `${Math.round(ms / 1_000)} s`
        : ms < 7_200_000
          ? `${Math.round(ms / 60_000)} min`
          : ms < 172_800_000
            ? `${Math.round(ms / 3_600_000)} h`
            : `${Math.round(ms / 86_400_000)} days`,
  /** `propertyAlerts` and `property-alerts` as words. */
  words: (name: string) =>
    name
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .replace(/[-_]/g, ' ')
      .toLowerCase(),
  query: (parameters: Readonly<Record<string, string | undefined>>) => pathWith('', parameters),
};

export type Render = (
  view: string,
  page: {
    readonly title: string;
    readonly path: string;
    /** What is looked for: a slug, or `any`. */
    readonly type?: string;
    /** Of a history: the page of the record, if it has one besides. */
    readonly record?: string;
  },
  data: Readonly<Record<string, unknown>>,
) => string;

/** Renders the templates in `views/`, with output escaped and times in the brokerage's time zone. */
export const createRender = ({ timeZone, brokerage }: Pick<Config, 'timeZone' | 'brokerage'>): Render => {
  const eta = new Eta({ views: fileURLToPath(new URL('../views', import.meta.url)), cache: true, autoEscape: true });
  const time = (value: Date | string) => formatTime(new Date(value).toISOString(), timeZone);
  const short = momentInWords(timeZone);
  const following = (state: Following) => followingInWords(state, timeZone);
  /** An element with a time as people say it, and the exact one when they point at it. */
  const when = (value: Date | string) => {
    const iso = new Date(value).toISOString();
    return `<time datetime="${iso}" title="${time(iso)}">${short(new Date(value))}</time>`;
  };
  return (view, page, data) => {
    const visit = currentVisit.getStore() ?? { userName: null, csrfToken: '' };
    return eta.render(`./${view}`, { ...helpers, time, when, following, brokerage, ...data, page, visit });
  };
};
