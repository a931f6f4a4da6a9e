/** What a trial may do to the samples before the network sees them, and to its predictions after. */

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

/** Whose value each point of a torus gets, row-major: (i_1, …) ↦ (± i_π(1) + t_1, …) mod N. */
export function sources(shape, { translations, signs, order = shape.map((_, axis) => axis) }) {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((all, n) => all * n, 1));
  return Uint32Array.from({ length: strides[0] * shape[0] }, (_, point) => {
    let source = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      const n = shape[axis];
      const i = Math.floor(point / strides[order.indexOf(axis)]) % n;
      source += strides[axis] * ((((signs[axis] * i + translations[axis]) % n) + n) % n);
    }
    return source;
  });
}

/** The Fourier coefficient of a field at m periods along an axis and none along the others. */
function coefficient(field, shape, axis, m) {
  const stride = shape.slice(axis + 1).reduce((all, n) => all * n, 1);
  let [re, im] = [0, 0];
  for (let i = 0; i < field.length; i++) {
    const angle = (2 * Math.PI * m * (Math.floor(i / stride) % shape[axis])) / shape[axis];
    re += field[i] * Math.cos(angle);
    im -= field[i] * Math.sin(angle);
  }
  return { re: re / field.length, im: im / field.length };
}

/**
 * The symmetry of the torus that takes a potential to a standard place. `deepest`: its least value lies at 0. `phase:m`: its cosine
 * of m periods along each axis has its least value at 0, of the m places so related that at which the one of a single period is least;
 * axes by the size of this coefficient. Each axis is then reflected so that its sine of one period is not positive.
 */
export function frameOf(name, field, shape) {
  const [kind, periods] = name.split(':');
  const least = field.indexOf(Math.min(...field));
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((all, n) => all * n, 1));
  const axes = shape.map((n, axis) => {
    const first = coefficient(field, shape, axis, 1);
    const at = (t, { re, im }, m) => {
      // Of the field moved by t: coefficient · e^(2πi m t / n).
      const angle = (2 * Math.PI * m * t) / n;
      return { re: re * Math.cos(angle) - im * Math.sin(angle), im: re * Math.sin(angle) + im * Math.cos(angle) };
    };
    let translation = Math.floor(least / strides[axis]) % n;
    let size = 0;
    if (kind === 'phase') {
      const m = Number(periods);
      const { re, im } = coefficient(field, shape, axis, m);
      size = Math.hypot(re, im);
      const base = ((Math.PI - Math.atan2(im, re)) * n) / (2 * Math.PI * m);
      const places = Array.from({ length: m }, (_, j) => Math.round(base + (j * n) / m));
      translation = places.reduce((a, b) => (at(b, first, 1).re < at(a, first, 1).re ? b : a));
    }
    return { translation, sign: at(translation, first, 1).im >= 0 ? 1 : -1, size };
  });
  const order = shape.map((_, axis) => axis);
  if (kind === 'phase') order.sort((a, b) => axes[b].size - axes[a].size);
  return { translations: axes.map(({ translation }) => translation), signs: axes.map(({ sign }) => sign), order };
}

/** The symmetry number `k` of those over which predictions are averaged: translations spread evenly, all reflections and orders. */
export function symmetry(k, shape) {
  const ratios = [0.6180339887498949, 0.7548776662466927];
  const translations = shape.map((n, axis) => Math.round(((k * ratios[axis]) % 1) * n));
  const signs = shape.map((_, axis) => ((k >> axis) % 2 === 0 ? 1 : -1));
  const order = shape.map((_, axis) => axis);
  return { translations, signs, order: (k >> shape.length) % 2 === 0 ? order : order.reverse() };
}
