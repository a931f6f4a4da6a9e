/** The page of `bench/helmholtz.mjs`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineFigure, PALETTE, table, tableMarkdown } from '@dyadic/report';

const MAP_TITLES = { linear: 'f ↦ u, no contrast: linear', contrast: '(f, c) ↦ u, contrast 0.05' };
/** Below which a network is of use, in the sentences. */
const USEFUL = 0.1;
/** The coarsest level has 4 boxes per axis. */
const BOX_SIDE = 1 / 4;

const unique = (values) => [...new Set(values)];

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

/**
 * The least error of a linear map that lets pass only what `modes` frequencies of `boxes` boxes represent: a wave of m periods looks
 * from box to box like one of m less the nearest multiple of the boxes. Pulses exp(−k²x²/2) at random places make fields with
 *
 *   E |û(m)|² ∝ exp(−(m/W)²) / ( ((2πm)² − k²)² + (γk)² ),  k = 2πW.
 */
export function predictedError({ wavelengths, modes, boxes, absorption }) {
  const k = 2 * Math.PI * wavelengths;
  let [all, lost] = [0, 0];
  for (let m = -8 * boxes; m <= 8 * boxes; m++) {
    const energy =
      Math.exp(-((m / wavelengths) ** 2)) / (((2 * Math.PI * m) ** 2 - k * k) ** 2 + (absorption * k) ** 2);
    all += energy;
    if (Math.abs(m - boxes * Math.round(m / boxes)) >= modes) lost += energy;
  }
  return Math.sqrt(lost / all);
}

function rankFigure(ranks) {
  const series = unique(ranks.map(({ dimension }) => dimension)).flatMap((dimension, i) => {
    const own = ranks.filter((row) => row.dimension === dimension);
    const line = { x: own.map(({ wavelengths }) => wavelengths), color: PALETTE[i] };
    return [
      { ...line, name: `${dimension}D, H²-matrix`, y: own.map((row) => row.ranks[0]) },
      { ...line, name: `${dimension}D, theory`, y: own.map(predictedRank), stroke: 'dashed' },
    ];
  });
  const x = { title: 'wavelengths along the domain', scale: 'log' };
  return lineFigure({ series, x, y: { title: 'rank of a box of side 1/4', scale: 'log' } });
}

/** Predictions below this are none: training ends above it. */
const LEAST_PREDICTION = 1e-3;

function errorFigure(map, cells, passing, ignored) {
  const own = cells.filter((cell) => cell.map === map).sort((a, b) => a.wavelengths - b.wavelengths);
  const names = unique(own.map(({ structure }) => structure));
  const series = names.map((structure, i) => {
    const line = own.filter((cell) => cell.structure === structure);
    return {
      name: structure,
      color: PALETTE[i],
      x: line.map(({ wavelengths }) => wavelengths),
      y: line.map(({ errors }) => errors.test.mean),
    };
  });
  const counts = Array.from({ length: 61 }, (_, i) => 2 ** (1 + i / 12));
  const predictions = Object.entries(passing).map(([structure, { modes, boxes, absorption }]) => ({
    name: `${structure}, theory`,
    stroke: 'dashed',
    color: PALETTE[names.indexOf(structure)],
    x: counts,
    y: counts.map((wavelengths) => {
      const error = predictedError({ wavelengths, modes, boxes, absorption });
      return error < LEAST_PREDICTION ? null : error;
    }),
  }));
  const baselines =
    map === 'contrast'
      ? [
          {
            name: 'ignoring c',
            stroke: 'dotted',
            color: '#8a8a8a',
            x: ignored.map(({ wavelengths }) => wavelengths),
            y: ignored.map(({ error }) => error),
          },
        ]
      : [];
  return lineFigure({
    series: [...series, ...predictions, ...baselines],
    x: { title: 'wavelengths along the domain', scale: 'log' },
    y: { title: 'test ε', scale: 'log' },
    rules: [{ axis: 'y', value: 1, label: 'predicting 0' }],
    title: MAP_TITLES[map],
  });
}

function rankText(ranks) {
  const [line, plane] = [1, 2].map((dimension) => ranks.filter((row) => row.dimension === dimension));
  const off = plane.map((row) => row.ranks[0] / predictedRank(row));
  const most = Math.max(...line.map((row) => row.ranks[0]));
  const [before, last] = plane.slice(-2);
  const exponent = Math.log(last.ranks[0] / before.ranks[0]) / Math.log(last.wavelengths / before.wavelengths);
  return [
    `In 1D the field of a box is two waves, four real functions, however short they are: the ranks at ε = ${line[0].tolerance} are at most ${most} from ${line[0].wavelengths} to ${line.at(-1).wavelengths} wavelengths.`,
    `In 2D the number of multipoles grows with k times the diameter of the box: ${plane.map((row) => row.ranks[0]).join(', ')} for ${plane.map((row) => row.wavelengths).join(', ')} wavelengths, ${Math.min(...off).toFixed(2)} to ${Math.max(...off).toFixed(2)} times what theory says, and as W^${exponent.toFixed(2)} at the end.`,
    'A hierarchical matrix of fixed rank is therefore no method for high frequencies in 2D: ranks have to grow with the boxes, or the bases to know directions.',
  ].join(' ');
}

function errorText(cells, passing) {
  const texts = unique(cells.map(({ map }) => map)).map((map) => {
    const parts = unique(cells.map(({ structure }) => structure)).flatMap((structure) => {
      const own = cells.filter((cell) => cell.map === map && cell.structure === structure);
      if (own.length === 0) return [];
      const works = own.filter(({ errors }) => errors.test.mean <= USEFUL).map(({ wavelengths }) => wavelengths);
      return [
        `\`${structure}\` ${works.length === 0 ? 'nowhere' : `at W = ${works.sort((a, b) => a - b).join(', ')}`}`,
      ];
    });
    return `Errors below ${100 * USEFUL} %, ${MAP_TITLES[map]}: ${parts.join('; ')}.`;
  });
  const linear = cells.filter(({ map, structure }) => map === 'linear' && structure in passing);
  if (linear.length === 0) return texts;
  const off = linear.flatMap((cell) => {
    const predicted = predictedError({ ...passing[cell.structure], wavelengths: cell.wavelengths });
    return predicted < USEFUL ? [] : [cell.errors.test.mean / predicted];
  });
  return [
    ...texts,
    `Dashed: what a linear map that keeps only the frequencies of \`fourier\` or \`fourier-near\` would leave; a wave as long as a box looks constant from box to box, so that it passes again.`,
    ...(off.length > 0
      ? [
          `Where that is above ${100 * USEFUL} %, the errors are ${Math.min(...off).toFixed(2)} to ${Math.max(...off).toFixed(2)} times as large.`,
        ]
      : []),
  ];
}

function ignoredText(ignored) {
  if (ignored.length === 0) return [];
  const parts = ignored.map(({ wavelengths, error }) => `${error.toFixed(2)} (W = ${wavelengths})`);
  return [
    `Dotted: what is left if c is not looked at, ${parts.join(', ')}. The phase that a contrast c adds over a distance s is k c s / 2, so that its part grows with W until the phases are lost: then a network has to learn waves that differ in every medium.`,
  ];
}

function errorTable(map, cells) {
  const own = cells.filter((cell) => cell.map === map);
  const counts = unique(own.map(({ wavelengths }) => wavelengths)).sort((a, b) => a - b);
  const structures = unique(own.map(({ structure }) => structure));
  return table({
    caption: MAP_TITLES[map],
    columns: [
      { title: 'structure' },
      { title: 'parameters', format: 'integer' },
      ...counts.map((count) => ({ title: `W = ${count}`, format: 'error', digits: 2 })),
    ],
    rows: structures.map((structure) => {
      const row = own.filter((cell) => cell.structure === structure);
      const at = (count) => row.find(({ wavelengths }) => wavelengths === count)?.errors.test.mean ?? null;
      return [structure, row[0].parameters, ...counts.map(at)];
    }),
  });
}

function rankTable(ranks) {
  return table({
    caption: 'H²-matrices of Re G',
    columns: [
      { title: 'dimension', format: 'integer' },
      { title: 'points per axis', format: 'integer' },
      { title: 'wavelengths', format: 'integer' },
      { title: 'ranks, coarsest level first' },
      { title: 'theory, coarsest', format: 'integer' },
      { title: 'error of the product', format: 'error', digits: 2 },
    ],
    rows: ranks.map((row) => [
      row.dimension,
      row.points,
      row.wavelengths,
      row.ranks.join(', '),
      Math.round(predictedRank(row)),
      row.error,
    ]),
  });
}

/**
 * Writes `helmholtz.md` and its figures.
 *
 * @param passing - Modes and boxes of the structures that let only some frequencies pass, and the absorption.
 */
export async function writeHelmholtzPage(folder, { ranks, cells, ignored = [] }, passing) {
  const figure = (name, svg) => writeFileSync(join(folder, name), `${svg}\n`);
  const maps = unique(cells.map(({ map }) => map));
  figure('helmholtz-rank.svg', await rankFigure(ranks));
  for (const map of maps) figure(`helmholtz-${map}.svg`, await errorFigure(map, cells, passing, ignored));
  const parts = [
    '# Oscillating kernels: where each structure breaks',
    'The Helmholtz equation with absorption, (−Δ − k²(1 + c) − iγk) u = f, periodic, k = 2πW, γ = 8 ([examples/helmholtz](../../../examples/helmholtz)). Made by `npm run bench:helmholtz`.',
    '## Ranks',
    '![Rank against the number of wavelengths](helmholtz-rank.svg)',
    rankText(ranks),
    tableMarkdown(rankTable(ranks)),
    ...(maps.length > 0
      ? [
          '## Networks in 1D',
          ...maps.map(
            (map) => `![Test error against the number of wavelengths: ${MAP_TITLES[map]}](helmholtz-${map}.svg)`,
          ),
          errorText(cells, passing).join(' '),
          ...ignoredText(ignored),
          `N = 512, ${cells[0].steps.toLocaleString('en')} steps, 1,000 training samples, one seed. \`fourier\`, \`fourier-near\` and \`multiscale-operator\` work on 64 boxes of 8 points, of whose frequencies \`fourier\` keeps those below 16, \`fourier-near\` those below 8. The linear structure of \`h\`, of rank 6, could hold the linear map exactly for every W: what is left there is optimisation.`,
          ...maps.map((map) => tableMarkdown(errorTable(map, cells))),
        ]
      : []),
  ];
  writeFileSync(join(folder, 'helmholtz.md'), `${parts.join('\n\n')}\n`);
}
