/** What theory says of the Helmholtz equation's Green's function, in 1D and 2D. */

/** The coarsest level has 4 boxes per axis. */
const BOX_SIDE = 1 / 4;

/**
 * Functions that the field of sources in a box takes outside it to accuracy ε. 1D: left- and right-going waves, their real and imaginary
 * parts. 2D: multipoles up to L = kR + 1.8 d^(2/3) (kR)^(1/3), R the half diagonal, d = log₁₀(1/ε) (the excess bandwidth formula of Chew,
 * Jin, Michielssen and Song, Fast and Efficient Algorithms in Computational Electromagnetics, 2001), cosines and sines.
 */
export function predictedRank({ dimension, wavelengths, tolerance }) {
  if (dimension === 1) return 4;
  const size = 2 * Math.PI * wavelengths * (BOX_SIDE / Math.SQRT2);
  return 2 * (size + 1.8 * Math.log10(1 / tolerance) ** (2 / 3) * Math.cbrt(size)) + 1;
}

/** Waves of more than so many times W periods are not in the pulses: exp(−36) of their energy. */
const PULSE_SPECTRUM = 6;

/**
 * The least error of a linear map that lets pass only what `modes` frequencies per axis of `boxes` boxes represent: a wave of m periods
 * along an axis looks from box to box like one of m less the nearest multiple of the boxes. Pulses exp(−k²|x|²/2) at random places make
 * fields with
 *
 *   E |û(m)|² ∝ exp(−|m|²/W²) / ( (|2πm|² − k²)² + (γk)² ),  k = 2πW,  m in Z^d.
 */
export function predictedError({ dimension, wavelengths, modes, boxes, absorption }) {
  const k = 2 * Math.PI * wavelengths;
  const most = Math.ceil(PULSE_SPECTRUM * wavelengths);
  const side = 2 * most + 1;
  const passes = (m) => Math.abs(m - boxes * Math.round(m / boxes)) < modes;
  let [all, lost] = [0, 0];
  for (let i = 0; i < side ** dimension; i++) {
    const m = dimension === 1 ? [i - most] : [Math.floor(i / side) - most, (i % side) - most];
    const square = m.reduce((sum, n) => sum + n * n, 0);
    const energy =
      Math.exp(-square / wavelengths ** 2) / ((4 * Math.PI ** 2 * square - k * k) ** 2 + (absorption * k) ** 2);
    all += energy;
    if (!m.every(passes)) lost += energy;
  }
  return Math.sqrt(lost / all);
}
