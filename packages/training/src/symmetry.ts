/** Where an axis of a moved field lies in the field it is made of: its point i is point sign · i + translation of the axis. */
export interface AxisMove {
  readonly axis: number;
  readonly translation: number;
  readonly sign: 1 | -1;
}

/**
 * A symmetry of a grid's torus, an entry per axis of the moved field: for each grid point the one whose value it gets,
 * row-major, (i_1, …) ↦ (± i_π(1) + t_1, …) mod N.
 */
export function sourcesOf(shape: readonly number[], moves: readonly AxisMove[]): Uint32Array {
  let sources = new Uint32Array(1);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((all, points) => all * points, 1));
  for (const { axis, translation, sign } of moves) {
    const points = shape[axis]!;
    const longer = new Uint32Array(sources.length * points);
    const stride = strides[axis]!;
    // Two runs of equal steps, before and after the end of the axis.
    const turn = sign > 0 ? points - translation : translation + 1;
    for (let before = 0, at = 0; before < sources.length; before++) {
      let source = sources[before]! + stride * translation;
      const end = at + points;
      for (const first = at + turn; at < first; at++, source += sign * stride) longer[at] = source;
      for (source -= sign * points * stride; at < end; at++, source += sign * stride) longer[at] = source;
    }
    sources = longer;
  }
  return sources;
}

/** The symmetry that moves back. */
export function inverse(sources: Uint32Array): Uint32Array {
  const back = new Uint32Array(sources.length);
  for (let i = 0; i < sources.length; i++) back[sources[i]!] = i;
  return back;
}
