/**
 * Canonical Extended JSON as people read it: dates in ISO 8601, and plain numbers. What is still Extended JSON can be typed back
 * (`{"$date": "…"}`), and a number that JavaScript would change stays as it is. Works on the beginning of a document too:
 * inside a text a quote has a backslash before it, so that no text is taken for a value.
 *
 * @see https://github.com/mongodb/specifications/blob/master/source/extended-json/extended-json.md
 */
export const readableDocument = (canonical: string): string =>
  canonical
    .replace(/\{\s*"\$date"\s*:\s*\{\s*"\$numberLong"\s*:\s*"(-?\d{1,16})"\s*\}\s*\}/g, (whole, ms: string) => {
      const date = new Date(Number(ms));
      return Number.isNaN(date.getTime()) ? whole : `{"$date":"${date.toISOString()}"}`;
    })
    .replace(
      /\{\s*"\$number(?:Int|Long|Double)"\s*:\s*"(-?\d{1,17}(?:\.\d{1,17})?)"\s*\}/g,
      (whole, digits: string) => {
        const number = Number(digits);
        const isSame = !Object.is(number, -0) && (!Number.isInteger(number) || Number.isSafeInteger(number));
        return isSame ? JSON.stringify(number) : whole;
      },
    );
