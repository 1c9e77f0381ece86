import { rawAt } from '../edits.ts';
import { inUse, type Ways } from './writing.ts';

/** An agent, as the document refers to one. */
export const reference = (field: string): Ways =>
  function* (writing) {
    const wanted = writing.wanted[field];
    if (typeof wanted !== 'string') return;
    const paths = writing.pathsOf(field);
    const used = inUse(writing, field);
    for (const path of used === undefined ? [] : [used, ...paths.filter((other) => other !== used)]) {
      const before = rawAt(writing.document, path);
      const forms = writing.references(wanted);
      const sameType = forms.filter((form) => typeof form === typeof before);
      for (const value of [...(before === undefined || before === null ? [] : sameType), ...forms])
        yield [...(path === used || used === undefined ? [] : [{ path: used, value: null }]), { path, value }];
    }
  };
