/** What PostgreSQL cannot store in text: NUL and lone surrogates, both escaped in JSON (whole pairs are not). */
const unstorable = /\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** A value as JSON that PostgreSQL can store; characters that it cannot store become U+FFFD. */
export const storableJson = (value: unknown): string => {
  const json = JSON.stringify(value);
  if (!json.includes('\\u') || !unstorable.test(json)) return json;
  // Matches escaped backslashes too, so that what follows one is not mistaken for an escape.
  return json.replace(/(\\\\)|\\u(?:0000|d[89a-f][0-9a-f]{2})/g, (_, backslash?: string) => backslash ?? '\ufffd');
};

/** Text that PostgreSQL can store. */
export const storableText = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
