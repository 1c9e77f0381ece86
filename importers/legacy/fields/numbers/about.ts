/**
 * Takes "about", "approx.", "~", "+/-" off a value: it is what it says, only not exactly, which the warning `about` keeps. The
 * text is as it was when none of them is there.
 */
export const withoutAbout = (found: string): { readonly text: string; readonly about?: 'about' } => {
  const text = found
    .replace(/^(?:c\.|ca\.|circa|approx(?:\.|imately)?|about|around|est(?:\.|imated)|roughly|~|±)\s*(?=[\d$])/i, '')
    .replace(/(?<=[\w.²])\s*(?:\(?(?:approx\.?|est\.?|about|mol|m\.o\.l\.?)\)?|\+\s?\/\s?-|±)$/i, '');
  return text === found ? { text } : { text, about: 'about' };
};
