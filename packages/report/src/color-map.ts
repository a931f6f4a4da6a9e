/** A color map: red, green and blue of 256 colors, from the least value to the greatest. */
export type ColorMap = Uint8Array;

/** Viridis (van der Walt and Smith, 2015): perceptually uniform, also for color-blind readers. */
export const SEQUENTIAL: ColorMap = through(
  ['440154', '472d7b', '3b528b', '2c728e', '21918c', '28ae80', '5ec962', 'addc30', 'fde725'], // by eighths
);

/** ColorBrewer's RdBu (Brewer, 2002), from blue through white to red: for values around zero. */
export const DIVERGING: ColorMap = through(
  ['053061', '2166ac', '4393c3', '92c5de', 'd1e5f0', 'f7f7f7', 'fddbc7', 'f4a582', 'd6604d', 'b2182b', '67001f'], // by tenths
);

/** Linear interpolation between evenly spaced colors. */
function through(colors: readonly string[]): ColorMap {
  const channel = (color: number, c: number) => Number.parseInt(colors[color]!.slice(2 * c, 2 * c + 2), 16);
  const map = new Uint8Array(3 * 256);
  for (let i = 0; i < 256; i++) {
    const place = (i / 255) * (colors.length - 1);
    const below = Math.min(Math.floor(place), colors.length - 2);
    for (let c = 0; c < 3; c++) {
      map[3 * i + c] = Math.round(channel(below, c) + (place - below) * (channel(below + 1, c) - channel(below, c)));
    }
  }
  return map;
}
