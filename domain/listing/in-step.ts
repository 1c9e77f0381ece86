import type { Known } from '../changes.ts';
import type { Rejection } from '../decider.ts';
import type { ListingFields } from './schema.ts';

/** Fields of a listing, as far as they are known; as corrections, `null` empties one. */
export type ListingChanges = Known<Omit<ListingFields, 'legacyIds'>>;

/** Corrections with what follows from them, or why they are rejected. */
export type InStep = { readonly changes: ListingChanges } | { readonly rejected: Rejection };
