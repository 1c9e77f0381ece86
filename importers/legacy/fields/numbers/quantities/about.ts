/**
 * Removes "about", "approx.", "~" or "+/-" from a value. The number counts as it is, and the warning `about` records
 * that it is approximate. Without any of these, the text is returned unchanged.
 */
export const withoutAbout = (found: string): { readonly text: string; readonly about?: 'about' } => {
  const text = found
    .replace(/^(?:c\.|ca\.|circa|approx(?:\.|imately)?|about|around|est(?:\.|imated)|roughly|~|±)\s*(?=[\d$])/i, '')
    .replace(/(?<=[\w.²])\s*(?:\(?(?:approx\.?|est\.?|about|mol|m\.o\.l\.?)\)?|\+\s?\/\s?-|±)$/i, '');
  return text === found ? { text } : { text, about: 'about' };
};
