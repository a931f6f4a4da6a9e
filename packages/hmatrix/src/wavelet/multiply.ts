import { digits } from '../partition.js';
import type { NonstandardForm, NonstandardLevel } from './nonstandard-form.js';
import { type WaveletStep, waveletStep } from './transform.js';

/** The steps of a form, whose tables take longer than a product. */
const stepsOf = new WeakMap<NonstandardForm, readonly WaveletStep[]>();

/**
 * A_ε v in O(N) operations: v into scaling functions and wavelets level by level; on every level the entries that were kept;
 * and back from the coarsest level, where the scaling coefficients of a level are what comes from below and its own.
 */
export function multiplyNonstandard(form: NonstandardForm, vector: ArrayLike<number>): Float64Array {
  const { dimension, filters, levels, coarse, shared } = form;
  const steps = stepsOf.get(form) ?? levels.map(({ sites }) => waveletStep(filters, dimension, 2 * sites));
  stepsOf.set(form, steps);
  let scaling = Float64Array.from(vector);
  const products = levels.map((level, j) => {
    const { forward, channels } = steps[j]!;
    const x = forward(scaling);
    scaling = Float64Array.from({ length: x.length / channels }, (_, site) => x[site * channels]!);
    return shared ? sharedProduct(level, dimension, x) : sparseProduct(level, x);
  });
  let result = shared ? convolved(coarse, dimension, scaling) : denseProduct(coarse, scaling);
  for (let j = levels.length - 1; j >= 0; j--) {
    const { inverse, channels } = steps[j]!;
    const y = products[j]!;
    result.forEach((value, site) => {
      y[site * channels]! += value;
    });
    result = inverse(y);
  }
  return result;
}

function sparseProduct({ starts, columns, values }: NonstandardLevel, x: Float64Array): Float64Array {
  const y = new Float64Array(x.length);
  for (let row = 0, entry = 0; row < y.length; row++) {
    let sum = 0;
    for (; entry < starts[row + 1]!; entry++) sum += values[entry]! * x[columns[entry]!]!;
    y[row] = sum;
  }
  return y;
}

/** Entries of site 0 for all sites: one entry after the other, all sites for each. */
function sharedProduct({ sites, starts, columns, values }: NonstandardLevel, dimension: number, x: Float64Array) {
  const channels = 2 ** dimension;
  const y = new Float64Array(x.length);
  for (let c = 0; c < channels; c++) {
    for (let entry = starts[c]!; entry < starts[c + 1]!; entry++) {
      const column = columns[entry]!;
      const other = column % channels;
      const value = values[entry]!;
      visitShifted(Math.floor(column / channels), sites, dimension, (to, from, count) => {
        for (let k = 0; k < count; k++) y[(to + k) * channels + c]! += value * x[(from + k) * channels + other]!;
      });
    }
  }
  return y;
}

/** Visits all sites `to` in runs along the last axis, with `from` the site that lies beside it as `shift` beside site 0. */
function visitShifted(
  shift: number,
  sites: number,
  dimension: number,
  visit: (to: number, from: number, count: number) => void,
): void {
  const offset = digits(shift, sites, dimension);
  const last = offset[dimension - 1]!;
  const lines = sites ** (dimension - 1);
  for (let line = 0; line < lines; line++) {
    let from = 0;
    for (let axis = 0, rest = lines; axis < dimension - 1; axis++) {
      rest /= sites;
      from = from * sites + ((Math.floor(line / rest) + offset[axis]!) % sites);
    }
    visit(line * sites, from * sites + last, sites - last);
    if (last > 0) visit(line * sites + sites - last, from * sites, last);
  }
}

function denseProduct(matrix: Float64Array, x: Float64Array): Float64Array {
  return x.map((_, i) => x.reduce((sum, value, j) => sum + matrix[i * x.length + j]! * value, 0));
}

/** Σ_j response[i − j] x_j */
function convolved(response: Float64Array, dimension: number, x: Float64Array): Float64Array {
  const points = Math.round(x.length ** (1 / dimension));
  const y = new Float64Array(x.length);
  response.forEach((value, difference) => {
    visitShifted(difference, points, dimension, (to, from, count) => {
      for (let k = 0; k < count; k++) y[from + k]! += value * x[to + k]!;
    });
  });
  return y;
}

/** Products of two numbers: filters of both transforms, entries of the levels, the coarsest matrix. */
export function operationsNonstandard({ dimension, filters, levels, shared, size, coarse }: NonstandardForm): number {
  const coarseSize = size / 2 ** (dimension * levels.length);
  return levels.reduce(
    (sum, { sites, values }) => {
      const points = (2 * sites) ** dimension;
      return sum + 2 * dimension * points * filters.low.length + values.length * (shared ? sites ** dimension : 1);
    },
    shared ? coarseSize * coarse.length : coarse.length,
  );
}
