/** The object or list in a text that is JSON, possibly wrapped in JSON text again; `undefined` for any other text. */
export const jsonIn = (text: string): unknown => {
  if (!/^\s*["[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return jsonIn(value);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};
