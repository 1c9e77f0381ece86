/** UTF-8 that was once decoded as Latin-1 (or Windows-1252): "Ã©", "â€™", "Â°". */
const misread =
  /[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]/;

const windows1252 = new Map<number, number>(
  [...'€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'].flatMap((char, index) =>
    char === ' ' ? [] : [[char.codePointAt(0)!, 0x80 + index] as const],
  ),
);

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Turns "CafÃ©", "Café" decoded with the wrong code page, back into "Café"; returns other text unchanged. */
export const repairMojibake = (text: string): string => {
  let current = text;
  // Text decoded wrongly twice does occur; more often does not.
  for (let round = 0; round < 2 && misread.test(current); round++) {
    const repaired = repairOnce(current);
    if (repaired === current) break;
    current = repaired;
  }
  return current;
};

const repairOnce = (text: string): string => {
  // Each run on its own: a character that was never decoded wrongly must not keep the others broken.
  return text.replace(
    /[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2,}/g,
    (run) => {
      const bytes = new Uint8Array(run.length);
      for (let index = 0; index < run.length; index++) {
        const code = run.charCodeAt(index);
        bytes[index] = code <= 0xff ? code : (windows1252.get(code) ?? 0);
      }
      try {
        return strictUtf8.decode(bytes);
      } catch {
        return run;
      }
    },
  );
};
