import { escapeHtml } from './html.ts';

/** A part of a bar: `name` gives its color (see `.bar` in the style sheet) and its description. */
export type BarPart = { readonly name: string; readonly label?: string; readonly value: number };

const length = 100;
const height = 10;

/**
 * A horizontal bar as SVG, stacked from its parts; bars with the same `most` can be compared by length. The numbers stand beside it in the
 * table, so for a screen reader it is decoration.
 *
 * @param most the value that takes the whole length
 */
export const bar = (parts: readonly BarPart[], most: number): string => {
  let x = 0;
  const shapes = parts
    .filter(({ value }) => value > 0 && most > 0)
    .map(({ name, label, value }) => {
      const width = Math.round((value / most) * length * 100) / 100;
      const title = label === undefined ? '' : `<title>${escapeHtml(label)}</title>`;
      const shape = `<rect class="${escapeHtml(name)}" x="${x}" y="0" width="${width}" height="${height}">${title}</rect>`;
      x = Math.round((x + width) * 100) / 100;
      return shape;
    });
  return `<svg class="bar" viewBox="0 0 ${length} ${height}" preserveAspectRatio="none" aria-hidden="true">${shapes.join('')}</svg>`;
};
