const names = new Intl.DisplayNames(['en'], { type: 'language' });

/** `es`, `ES-mx` and `spanish` are all Spanish. */
export const languageName = (language: string): string => {
  const text = language.trim().toLowerCase();
  const code = /^([a-z]{2,3})(-[a-z0-9]+)*$/.exec(text)?.[1];
  if (code !== undefined) return names.of(code) ?? text;
  return text.replace(/(^|\s)\p{L}/gu, (initial) => initial.toUpperCase());
};
