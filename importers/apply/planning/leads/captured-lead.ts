import { type Known, sameValue } from '../../../../domain/changes.ts';
import { leadUnits } from '../../../../domain/lead/fields.ts';
import type { LeadFields, LeadState } from '../../../../domain/lead/index.ts';
import { pastAssignmentKey } from '../../../../domain/lead/past-offer.ts';
import type { OtherValue } from '../../../../domain/values.ts';
import type { PendingRecord } from '../../load-pending.ts';
import { lastChange, nameOf, type Sources } from '../merge.ts';
import { leadRules } from '../merge-rules.ts';
import type { HistoryStep } from './lead-history.ts';

type Values = Readonly<Record<string, unknown>>;

/** Fields that are handled below, each by its own rule, or that are about documents. */
const apart: ReadonlySet<string> = new Set([
  ...leadRules.joined,
  'email',
  'otherEmails',
  'otherValues',
  'warnings',
  'legacyIds',
  'ownerMemberKey',
]);

/**
 * What the contacts of the old CRM change in a lead that was captured in openhouse, when they first become part of it.
 * As with merged documents, the better name wins, and otherwise the value that is newer; the others are kept in
 * `otherValues` and `otherEmails`, and lists are collected. A stage from before the capture no longer counts, because
 * the person has come back. An agent assigned in openhouse stays. Doing it again changes nothing.
 */
export const changesOnJoining = (
  { fields }: LeadState,
  capturedAt: string,
  told: Known<LeadFields>,
  sources: Sources,
): Known<LeadFields> => {
  const [own, said] = [fields as Values, told as Values];
  const changes: Record<string, unknown> = {};
  const others: OtherValue[] = [...((own.otherValues as OtherValue[] | undefined) ?? [])];
  const leftOut = new Set<string>();
  const legacyId = told.legacyIds?.[0] ?? '';
  const isNewer = (name: string): boolean => {
    const document = sources.get(name);
    return document !== undefined && lastChange({ document }, [name]) > capturedAt;
  };
  const keep = (field: string, value: unknown, from: string) => {
    if (isEmpty(value)) return;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    others.push({ field, value: text, legacyId: from });
  };
  const single = Object.keys(said).filter((name) => !apart.has(name) && !leadUnits.flat().some((one) => one === name));
  for (const unit of [...leadUnits, ...single.map((name) => [name])]) {
    const [here, there] = [shareOf(own, unit), shareOf(said, unit)];
    if (Object.keys(there).length === 0) continue;
    const better = leadRules.rank(there) - leadRules.rank(here);
    const wins = better > 0 || (better === 0 && unit.some((name) => name in there && isNewer(name)));
    const past = unit[0] === 'leadStage' && !wins;
    const takes =
      !past && (wins || Object.keys(here).length === 0 || unit.every((name) => sameOrMissing(here, there, name)));
    if (takes) {
      Object.assign(changes, there);
      for (const [name, value] of Object.entries(here))
        if (name in there && !sameValue(value, there[name])) keep(name, value, 'openhouse');
    } else {
      for (const [name, value] of Object.entries(there)) {
        if (sameValue(value, here[name])) continue;
        leftOut.add(name);
        keep(name, value, sources.get(name) === undefined ? legacyId : nameOf(sources.get(name)!));
      }
    }
  }
  for (const name of leadRules.joined) {
    if (isEmpty(said[name])) continue;
    changes[name] = distinct([...((own[name] as unknown[] | null | undefined) ?? []), ...(said[name] as unknown[])]);
  }
  const email = told.email && (!fields.email || isNewer('email')) ? told.email : (fields.email ?? told.email);
  const emails = [fields.email, ...(fields.otherEmails ?? []), told.email, ...(told.otherEmails ?? [])];
  const otherEmails = [...new Set(emails)].flatMap((one) => (one && one !== email ? [one] : []));
  const allOthers = distinct([...others, ...(told.otherValues ?? [])]).filter(
    ({ field, value }) => !sameValue(value, (field in changes ? changes : own)[field]),
  );
  // A warning is about the contact's own value; where another value won, the warning is left out.
  const warnings = told.warnings?.filter(
    ({ field }) => !leftOut.has(field) && (field !== 'leadStage' || isNewer(field)),
  );
  return {
    ...changes,
    ...(email ? { email } : {}),
    ...(otherEmails.length > 0 ? { otherEmails } : {}),
    ...(allOthers.length > 0 ? { otherValues: allOthers } : {}),
    ...(warnings && warnings.length > 0 ? { warnings } : {}),
    ...(told.legacyIds ? { legacyIds: told.legacyIds } : {}),
    ...(told.ownerMemberKey && !fields.ownerMemberKey ? { ownerMemberKey: told.ownerMemberKey } : {}),
  } as Known<LeadFields>;
};

/**
 * The history of a lead that was captured in openhouse. Offers made in the old CRM before that must not end an offer or
 * change the agent, so they are recorded as notes.
 */
export const historyOfCaptured = (
  { capturedAt }: PendingRecord,
  history: readonly HistoryStep[],
): readonly HistoryStep[] =>
  capturedAt === null
    ? history
    : history.map((step) => {
        const { command, recordKey } = step;
        if (command.type !== 'RecordAssignment' || step.at > capturedAt) return step;
        const { sets: _, ...rest } = step;
        const key = pastAssignmentKey(recordKey, command.status);
        const body = `In the old CRM: ${words[command.status]}`;
        return {
          ...rest,
          recordKey: key,
          markedAs: key,
          command: { type: 'RecordActivity', recordKey: key, activityType: 'Note', body, memberKey: command.memberKey },
        };
      });

const words = {
  offered: 'offered to this agent',
  accepted: 'accepted by this agent',
  passed: 'passed on by this agent',
  expired: 'not answered by this agent',
  assigned: 'assigned to this agent',
} as const;

const isEmpty = (value: unknown) =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

const shareOf = (fields: Values, unit: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(unit.filter((name) => !isEmpty(fields[name])).map((name) => [name, fields[name]]));

const sameOrMissing = (here: Values, there: Values, name: string) =>
  !(name in here) || !(name in there) || sameValue(here[name], there[name]);

const distinct = <Item>(items: readonly Item[]): Item[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
];
