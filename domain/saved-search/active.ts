import type { Known } from '../changes.ts';
import type { SavedSearchFields } from './schema.ts';

/**
 * Whether the buyer wants to be notified of what a search finds; it may be on hold all the same. The same in SQL: `isActiveSearchRow` in
 * projections/saved-searches/active-search.ts, and `isActiveDocument` in importers/reporting/held-documents.ts for documents on file.
 */
export const isActiveSearch = ({ activeYN }: Known<Pick<SavedSearchFields, 'activeYN'>>): boolean => activeYN ?? true;
