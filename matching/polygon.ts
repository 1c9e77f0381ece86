/** `[longitude, latitude]` in degrees. */
export type Point = readonly [number, number];

/**
 * Whether a point is inside a ring of points (the last joined to the first; repeating the first point does no harm) or
 * on its edge. Even-odd rule on a plane: accurate enough for areas the size of a city, away from the poles and the date
 * line.
 */
export const insidePolygon = ([x, y]: Point, ring: readonly Point[]): boolean => {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]!;
    const [xj, yj] = ring[j]!;
    if (onEdge(x, y, xi, yi, xj, yj)) return true;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
};

const onEdge = (x: number, y: number, x1: number, y1: number, x2: number, y2: number): boolean =>
  (x - x1) * (y2 - y1) === (y - y1) * (x2 - x1) &&
  x >= Math.min(x1, x2) &&
  x <= Math.max(x1, x2) &&
  y >= Math.min(y1, y2) &&
  y <= Math.max(y1, y2);
