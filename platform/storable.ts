/** What PostgreSQL keeps in no text: NUL, and halves of surrogate pairs. JSON has them escaped, and every whole pair as it is. */
const unstorable = /\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** A value as JSON that PostgreSQL can take apart; characters that it cannot keep become U+FFFD. */
export const storableJson = (value: unknown): string => {
  const json = JSON.stringify(value);
  if (!unstorable.test(json)) return json;
  // An escaped backslash is taken along, so that what follows it is not mistaken for an escape.
  return json.replace(/(\\\\)|\\u(?:0000|d[89a-f][0-9a-f]{2})/g, (_, backslash?: string) => backslash ?? '\ufffd');
};

/** Text that PostgreSQL can keep. */
export const storableText = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
