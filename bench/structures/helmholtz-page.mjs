/** The page of `bench/helmholtz.mjs`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineFigure, PALETTE, table, tableMarkdown } from '@dyadic/report';
import { ABSORPTION, DIMENSIONS, MAPS } from './helmholtz-maps.mjs';
import { predictedError, predictedRank } from './helmholtz-theory.mjs';

/** Below which a network is of use, in the sentences. */
const USEFUL = 0.1;
/** Predictions below this are none: training ends above it. */
const LEAST_PREDICTION = 1e-3;
/** Below which a rank is not what limits a network. */
const LIMITING = 0.01;
/** Below this ratio of training to test errors samples lack. */
const SAMPLES_LACK = 0.8;
/** Of a curve, to a doubling of the wavelengths. */
const POINTS_PER_OCTAVE = 12;

const unique = (values) => [...new Set(values)];
const percent = (error) => `${Number((100 * error).toPrecision(2))} %`;
function range(values) {
  const [least, most] = [Math.min(...values).toFixed(2), Math.max(...values).toFixed(2)];
  return least === most ? least : `${least} to ${most}`;
}
const listed = (values) => values.join(', ');

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

/** What a structure leaves of the linear map if only its frequencies, or only its rank, stand in its way. */
function theoryOf(dimension, structure, fixedRank) {
  const { wavelengths, structures } = DIMENSIONS[dimension];
  const { modes, boxes } = structures[structure];
  if (modes !== undefined) {
    const octaves = Math.log2(wavelengths.at(-1) / wavelengths[0]);
    const x = Array.from(
      { length: octaves * POINTS_PER_OCTAVE + 1 },
      (_, i) => wavelengths[0] * 2 ** (i / POINTS_PER_OCTAVE),
    );
    const y = x.map((count) => predictedError({ dimension, wavelengths: count, modes, boxes, absorption: ABSORPTION }));
    return { x, y };
  }
  const rows = structure === 'h' ? fixedRank.filter((row) => row.dimension === dimension) : [];
  return { x: rows.map((row) => row.wavelengths), y: rows.map(({ error }) => error) };
}

function errorFigure(dimension, map, { cells, fixedRank, ignored }) {
  const own = cells.filter((cell) => cell.dimension === dimension && cell.map === map);
  const names = Object.keys(DIMENSIONS[dimension].structures);
  const series = names.flatMap((structure, i) => {
    const line = own.filter((cell) => cell.structure === structure).sort((a, b) => a.wavelengths - b.wavelengths);
    if (line.length === 0) return [];
    const measured = { x: line.map(({ wavelengths }) => wavelengths), y: line.map(({ errors }) => errors.test.mean) };
    const { x, y } = theoryOf(dimension, structure, fixedRank);
    const theory = { x, y: y.map((error) => (error < LEAST_PREDICTION ? null : error)) };
    const isVisible = theory.y.some((error) => error !== null);
    const color = PALETTE[i];
    return [
      { name: structure, color, ...measured },
      ...(isVisible ? [{ name: `${structure}, theory`, color, stroke: 'dashed', ...theory }] : []),
    ];
  });
  const empty = ignored.filter((row) => row.dimension === dimension);
  const baseline = {
    ...{ name: 'ignoring c', stroke: 'dotted', color: '#8a8a8a' },
    ...{ x: empty.map(({ wavelengths }) => wavelengths), y: empty.map(({ error }) => error) },
  };
  return lineFigure({
    series: map === 'contrast' ? [...series, baseline] : series,
    x: { title: 'wavelengths along the domain', scale: 'log' },
    y: { title: 'test ε', scale: 'log' },
    rules: [{ axis: 'y', value: 1, label: 'predicting 0' }],
    title: `${dimension}D: ${MAPS[map].title}`,
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

/** What stands in the way of each structure on the linear map, beside what it leaves. */
function linearText(dimension, { cells, fixedRank }) {
  const own = cells.filter((cell) => cell.dimension === dimension && cell.map === 'linear');
  const { structures } = DIMENSIONS[dimension];
  const frequencies = own.flatMap(({ structure, wavelengths, errors }) => {
    const { modes, boxes } = structures[structure];
    if (modes === undefined) return [];
    const predicted = predictedError({ dimension, wavelengths, modes, boxes, absorption: ABSORPTION });
    return predicted < USEFUL ? [] : [errors.test.mean / predicted];
  });
  const ranks = fixedRank.filter((row) => row.dimension === dimension);
  const networks = ranks.flatMap(({ wavelengths, error }) => {
    const network = own.find((cell) => cell.structure === 'h' && cell.wavelengths === wavelengths);
    return network && error >= LIMITING ? [network.errors.test.mean / error] : [];
  });
  return [
    'Dashed: what a linear map that keeps only the frequencies of `fourier` or `fourier-near` would leave; a wave as long as a box looks constant from box to box, so that it passes again. The networks also have a map at each box beside every multiplier, and windows of boxes, which pass all frequencies.',
    ...(frequencies.length > 0
      ? [`Where that is above ${percent(USEFUL)}, their errors are ${range(frequencies)} times as large.`]
      : []),
    `For \`h\` it is what hierarchical matrices of Re G and Im G leave of the same fields, of the rank ${structures.h.channels}, its number of channels, and alike for all boxes of a level, as a convolutional network has them: ${listed(ranks.map(({ wavelengths, error }) => `${percent(error)} (W = ${wavelengths})`))}. Blocks then lack what finer levels have, so that their ranks are above the kernel’s.`,
    ...(networks.length > 0
      ? [`Where that is above ${percent(LIMITING)}, the network leaves ${range(networks)} times as much.`]
      : []),
  ].join(' ');
}

function contrastText(dimension, { cells, ignored }) {
  const rows = ignored.filter((row) => row.dimension === dimension);
  const useless = rows.flatMap(({ wavelengths, error }) => {
    const isLost = (cell) => cell.wavelengths === wavelengths && cell.errors.test.mean >= error;
    const own = cells.filter((cell) => cell.dimension === dimension && cell.map === 'contrast' && isLost(cell));
    return own.length === 0 ? [] : [`${listed(own.map(({ structure }) => `\`${structure}\``))} at W = ${wavelengths}`];
  });
  return [
    `Dotted: what is left if c is not looked at, ${listed(rows.map(({ wavelengths, error }) => `${error.toFixed(2)} (W = ${wavelengths})`))}.`,
    'The phase that a contrast c adds over a distance s is k c s / 2, so that its part grows with W until the phases are lost: then a network has to learn waves that differ in every medium.',
    useless.length > 0 ? `No better than that: ${useless.join('; ')}.` : 'Every network is better than that.',
  ].join(' ');
}

/** The dimensions and maps of some cells. */
const kindsOf = (cells) =>
  Object.keys(DIMENSIONS)
    .flatMap((key) => Object.keys(MAPS).map((map) => ({ dimension: Number(key), map })))
    .map((kind) => ({
      ...kind,
      own: cells.filter((cell) => cell.dimension === kind.dimension && cell.map === kind.map),
    }))
    .filter(({ own }) => own.length > 0);

/** The best of each map where waves are shortest. */
function shortestText(cells) {
  const parts = kindsOf(cells).map(({ dimension, map, own }) => {
    const most = Math.max(...own.map(({ wavelengths }) => wavelengths));
    const best = own
      .filter(({ wavelengths }) => wavelengths === most)
      .reduce((least, cell) => (cell.errors.test.mean < least.errors.test.mean ? cell : least));
    return `${percent(best.errors.test.mean)} for ${MAPS[map].short} in ${dimension}D at W = ${most} (\`${best.structure}\`)`;
  });
  return `The least errors at the most wavelengths: ${listed(parts)}.`;
}

/** Whether more samples would help: errors of training samples that are clearly below those of test samples. */
function samplesText(cells) {
  const ratio = ({ errors }) => errors.train.mean / errors.test.mean;
  const lacking = cells.filter((cell) => ratio(cell) < SAMPLES_LACK);
  if (lacking.length === 0)
    return `Errors of the training samples are ${range(cells.map(ratio))} times as large: more samples would hardly help.`;
  const at = unique(lacking.map(({ wavelengths }) => wavelengths)).sort((a, b) => a - b);
  return `Errors of the training samples are down to ${Math.min(...lacking.map(ratio)).toFixed(2)} times as large at W = ${listed(at)}, where samples lack.`;
}

/** What `bench:helmholtz` would go on with. */
function missingText(cells) {
  const parts = kindsOf(cells).flatMap(({ dimension, map, own }) => {
    const { wavelengths, structures } = DIMENSIONS[dimension];
    const lacking = Object.keys(structures).flatMap((structure) => {
      const counts = wavelengths.filter(
        (W) => !own.some((cell) => cell.structure === structure && cell.wavelengths === W),
      );
      return counts.length === 0 ? [] : [`\`${structure}\` ${listed(counts)}`];
    });
    return lacking.length === 0 ? [] : [`${dimension}D, ${MAPS[map].short}: ${lacking.join('; ')}`];
  });
  return parts.length === 0 ? [] : [`Not measured yet, by W: ${parts.join('. ')}. The same command goes on with them.`];
}

/** In a table, where the error of each structure is at most {@link USEFUL}. */
function breakTable(cells) {
  const kinds = kindsOf(cells);
  const of = ({ own }, structure) =>
    own.filter((cell) => cell.structure === structure).sort((a, b) => a.wavelengths - b.wavelengths);
  const names = unique(Object.values(DIMENSIONS).flatMap(({ structures }) => Object.keys(structures)));
  return table({
    caption: `Wavelengths W with a test error of at most ${percent(USEFUL)}, and where it is above`,
    columns: [
      { title: 'structure' },
      ...kinds.map(({ dimension, map }) => ({ title: `${dimension}D, ${MAPS[map].short}` })),
    ],
    rows: names.map((structure) => [
      structure,
      ...kinds.map((kind) => {
        const [works, breaks] = [true, false].map((isUseful) =>
          of(kind, structure)
            .filter(({ errors }) => errors.test.mean <= USEFUL === isUseful)
            .map(({ wavelengths }) => wavelengths),
        );
        return (
          [...(works.length > 0 ? [listed(works)] : []), ...(breaks.length > 0 ? [`not ${listed(breaks)}`] : [])].join(
            '; ',
          ) || 'not measured'
        );
      }),
    ]),
  });
}

function errorTable(dimension, map, { cells, fixedRank, ignored }) {
  const own = cells.filter((cell) => cell.dimension === dimension && cell.map === map);
  const counts = unique(own.map(({ wavelengths }) => wavelengths)).sort((a, b) => a - b);
  const errorsOf = (rows) =>
    counts.map((count) => rows.find(({ wavelengths }) => wavelengths === count)?.error ?? null);
  const structures = Object.keys(DIMENSIONS[dimension].structures).filter((name) =>
    own.some(({ structure }) => structure === name),
  );
  const [name, rows] =
    map === 'linear'
      ? [`H-matrix of rank ${DIMENSIONS[dimension].structures.h.channels}`, fixedRank]
      : ['ignoring c', ignored];
  const baseline = errorsOf(rows.filter((row) => row.dimension === dimension));
  return table({
    caption: `${dimension}D: ${MAPS[map].title}`,
    columns: [
      { title: 'structure' },
      { title: 'parameters', format: 'integer' },
      ...counts.map((count) => ({ title: `W = ${count}`, format: 'error', digits: 2 })),
    ],
    rows: [
      ...structures.map((structure) => {
        const cellsOf = own.filter((cell) => cell.structure === structure);
        const errors = cellsOf.map(({ wavelengths, errors }) => ({ wavelengths, error: errors.test.mean }));
        return [structure, cellsOf[0].parameters, ...errorsOf(errors)];
      }),
      [name, null, ...baseline],
    ],
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

/** What was trained: the boxes and frequencies of the structures, and how long. */
function trainingText(dimension, [{ steps }]) {
  const { points, splits, structures } = DIMENSIONS[dimension];
  const { fourier, 'fourier-near': near, h, 'multiscale-operator': operator } = structures;
  const per = dimension === 1 ? '' : ' per axis';
  const grid = dimension === 1 ? points : `${points} × ${points}`;
  return `N = ${grid}, ${steps.toLocaleString('en')} steps, ${splits.train.toLocaleString('en')} training samples, one seed. \`fourier\` works on ${fourier.boxes} boxes${per} and keeps the frequencies below ${fourier.modes}, \`fourier-near\` on ${near.boxes} those below ${near.modes} beside windows of ${near.near} boxes; \`multiscale-operator\`, \`h\` and \`h2\` have ${2 ** operator.levels} boxes${per} on the finest level, \`h\` and \`h2\` ${h.channels} channels.`;
}

function dimensionParts(dimension, stored) {
  const own = stored.cells.filter((cell) => cell.dimension === dimension);
  if (own.length === 0) return [];
  const maps = Object.keys(MAPS).filter((map) => own.some((cell) => cell.map === map));
  const texts = { linear: linearText, contrast: contrastText };
  return [
    `## Networks in ${dimension}D`,
    trainingText(dimension, own),
    ...maps.flatMap((map) => [
      `![${dimension}D, test error against the number of wavelengths: ${MAPS[map].title}](${figureName(dimension, map)})`,
      `${texts[map](dimension, stored)} ${samplesText(own.filter((cell) => cell.map === map))}`,
      tableMarkdown(errorTable(dimension, map, stored)),
    ]),
  ];
}

const figureName = (dimension, map) => `helmholtz-${dimension}d-${map}.svg`;

/** Writes `helmholtz.md` and its figures. */
export async function writeHelmholtzPage(folder, stored) {
  const { ranks, cells } = stored;
  const figure = (name, svg) => writeFileSync(join(folder, name), `${svg}\n`);
  figure('helmholtz-rank.svg', await rankFigure(ranks));
  const dimensions = Object.keys(DIMENSIONS).map(Number);
  for (const dimension of dimensions) {
    for (const map of unique(cells.filter((cell) => cell.dimension === dimension).map((cell) => cell.map)))
      figure(figureName(dimension, map), await errorFigure(dimension, map, stored));
  }
  const parts = [
    '# Oscillating kernels: where each structure breaks',
    `The Helmholtz equation with absorption, (−Δ − k²(1 + c) − iγk) u = f, periodic, k = 2πW, γ = ${ABSORPTION}, on the unit interval and square ([examples/helmholtz](../../../examples/helmholtz)). Made by \`npm run bench:helmholtz\`.`,
    ...(cells.length > 0 ? [tableMarkdown(breakTable(cells)), shortestText(cells), ...missingText(cells)] : []),
    '## Ranks',
    '![Rank against the number of wavelengths](helmholtz-rank.svg)',
    rankText(ranks),
    tableMarkdown(rankTable(ranks)),
    ...dimensions.flatMap((dimension) => dimensionParts(dimension, stored)),
  ];
  writeFileSync(join(folder, 'helmholtz.md'), `${parts.join('\n\n')}\n`);
}
