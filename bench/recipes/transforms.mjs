/** What a trial may do to a potential before the network sees it, besides an affine map. */

const rest = (field, statistic) => {
  const value = statistic(field);
  return field.map((v) => v - value);
};
const least = (field) => field.reduce((a, b) => Math.min(a, b));
const mean = (field) => field.reduce((sum, v) => sum + v, 0) / field.length;

/** Pointwise or per-sample functions of the potential; `s` is a depth in its units. None has parameters. */
const TRANSFORMS = {
  /** The maps are the same for V and V + constant. */
  'less-mean': (field) => rest(field, mean),
  'less-minimum': (field) => rest(field, least),
  /** Heights above the bottom: far above the energies all heights look alike. */
  root: (field, s) => rest(field, least).map((v) => Math.sqrt(v + s) - Math.sqrt(s)),
  logarithm: (field, s) => rest(field, least).map((v) => Math.log1p(v / s)),
  saturation: (field, s) => rest(field, least).map((v) => v / (1 + v / s)),
  /** From above: depth below zero, compressed. */
  depth: (field, s) => field.map((v) => Math.asinh(v / s)),
};

/** The transformed potential, such as `root:20`. */
export function transformed(name, field) {
  if (!name) return field;
  const [kind, s] = name.split(':');
  return Float32Array.from(TRANSFORMS[kind](Float64Array.from(field), s && Number(s)));
}
