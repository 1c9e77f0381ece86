/** A word in capitals, with a capital, or in lower case, as another one is. @param word in lower case */
export const inItsCase = (like: string, word: string): string => {
  if (like === like.toLowerCase()) return word;
  const isCapitals = like === like.toUpperCase() && (like.length > 1 || word.length === 1);
  return isCapitals ? word.toUpperCase() : `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
};
