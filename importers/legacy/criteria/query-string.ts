const maxLength = 10_000;

/** `name=value`, joined by `&`; the name may have one part in brackets: `price[min]`. */
const pair = /^([\w.-]{1,60})(?:\[([\w$-]{0,60})\])?=([^=]*)$/;

/**
 * The entries of a query that is kept as the query string of a web page: `?city=Boca+Raton&minPrice=300000`. A name that is there
 * several times has a list of values; `price[min]=300000` is `{ price: { min: 300000 } }`, and `city[]=` a list. A whole address is
 * not read: its path may narrow the search too (`/boca-raton/condos?beds=3`).
 *
 * @returns `undefined` for any other text
 */
export const queryStringIn = (text: string): Readonly<Record<string, unknown>> | undefined => {
  if (text.length > maxLength) return undefined;
  const query = new Map<string, unknown>();
  for (const part of text.trim().replace(/^\?/, '').split('&')) {
    if (part === '') continue;
    const [, name, inner, encoded] = pair.exec(decodedName(part)) ?? [];
    const value = encoded === undefined ? undefined : decoded(encoded);
    if (name === undefined || value === undefined) return undefined;
    const before = query.get(name);
    if (inner === undefined || inner === '') query.set(name, before === undefined ? value : [before, value].flat());
    else if (before === undefined) query.set(name, { [inner]: value });
    else if (typeof before === 'object' && !Array.isArray(before) && !Object.hasOwn(before as object, inner))
      query.set(name, { ...before, [inner]: value });
    else return undefined;
  }
  return query.size === 0 ? undefined : Object.fromEntries(query);
};

/** Browsers encode the brackets of a name. */
const decodedName = (part: string): string => {
  const at = part.indexOf('=');
  return at < 0 ? part : part.slice(0, at).replace(/%5B/gi, '[').replace(/%5D/gi, ']') + part.slice(at);
};

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};
