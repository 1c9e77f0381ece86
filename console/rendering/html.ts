const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);

/** A message as HTML; commands and names between backticks, as the terminal shows them, become code. */
export const messageHtml = (text: string): string =>
  escapeHtml(text).replace(/`([^`\n]+)`/g, (_, code: string) => `<code>${code}</code>`);
