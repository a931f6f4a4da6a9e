import type { Presentation } from '@dyadic/dataset';
import { type FieldQuantities, fieldFigure, mapFigure } from '@dyadic/report';

/** The grid and the names of the fields of a figure. */
export interface FigureFrame {
  /** Coordinates of the grid points along each axis: one axis or two. */
  readonly axes: readonly Float64Array[];
  readonly quantities: FieldQuantities;
}

/** A sample and its prediction on the grid of the frame, row-major, in the units of the dataset. */
export interface SampleFields {
  readonly input: ArrayLike<number>;
  readonly solution: ArrayLike<number>;
  readonly prediction: ArrayLike<number>;
}

/**
 * The frame of figures of one input and one output column; null in 3D and for data without a domain, for which there are no
 * figures.
 *
 * @param presentation - From `presentationOfRecipe`.
 * @param columns - Names of the input and the output column.
 */
export function figureFrame(
  presentation: Presentation | null,
  { input, output }: { readonly input: string; readonly output: string },
): FigureFrame | null {
  const { domain, symbols = {}, units = {} } = presentation ?? {};
  if (!domain || domain.axes.length > 2) return null;
  const axes = domain.axes.map(({ points, first, spacing }) =>
    Float64Array.from({ length: points }, (_, j) => first + j * spacing),
  );
  const quantity = (name: string) => ({
    ...(Object.hasOwn(symbols, name) ? { symbol: symbols[name]!, name } : { symbol: name }),
    ...(Object.hasOwn(units, name) && { unit: units[name]! }),
  });
  return { axes, quantities: { input: quantity(input), output: quantity(output) } };
}

/** Draws a sample and its prediction as an `<svg>` element: lines in 1D (Figures 8 and 10 of the paper), maps in 2D (9 and 11). */
export function sampleFigure({ axes: [x, y], quantities }: FigureFrame, fields: SampleFields): Promise<string> {
  return y ? mapFigure({ ...fields, quantities, axes: [x!, y] }) : fieldFigure({ ...fields, quantities, x: x! });
}
