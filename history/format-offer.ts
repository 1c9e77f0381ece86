import { z } from 'zod';
import { labelOf } from '../domain/record-fields.ts';

/** The details of an offer to an agent, as its event keeps them, in words; `undefined` for anything else. */
export const formatOffer = (
  name: string,
  value: unknown,
  names: ReadonlyMap<string, string> = new Map(),
): string | undefined => {
  const nameOf = (key: string) => names.get(key) ?? key;
  switch (name) {
    case 'mode':
      return typeof value === 'string' ? lowerCase(labelOf('lead', value)) : undefined;
    case 'reasons': {
      const { data } = reasonsSchema.safeParse(value);
      return data?.map(({ detail, points }) => `${detail} (${points > 0 ? '+' : ''}${points})`).join('; ');
    }
    case 'candidates': {
      const { data } = candidatesSchema.safeParse(value);
      return data?.map(({ memberKey, score }) => `${nameOf(memberKey)} (${round(score)})`).join(', ');
    }
    case 'leftOut': {
      const { data } = leftOutSchema.safeParse(value);
      if (data === undefined) return undefined;
      return Object.entries(data)
        .map(([rule, keys]) => `${lowerCase(labelOf('lead', rule))}: ${keys.map(nameOf).join(', ')}`)
        .join('; ');
    }
    default:
      return undefined;
  }
};

const reasonsSchema = z.array(z.object({ detail: z.string(), points: z.number() })).min(1);
const candidatesSchema = z.array(z.object({ memberKey: z.string(), score: z.number() })).min(1);
const leftOutSchema = z.record(z.string(), z.array(z.string()));

const round = (score: number): number => Math.round(score * 10) / 10;
const lowerCase = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
