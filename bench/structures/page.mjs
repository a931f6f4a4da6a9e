/** The page of `bench/structures.mjs`: figures first, then sentences computed from the cells, then tables. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dotFigure, formatCell, lineFigure, PALETTE, table, tableMarkdown } from '@dyadic/report';
import { MAPS, STEPS } from './maps.mjs';

/** In the order of figures and tables. */
const STRUCTURES = ['h', 'h2', 'wavelet', 'fourier', 'fourier-boxes', 'fourier-near', 'multiscale-operator'];
/** `fourier-near` is two scales: few frequencies for what is far, windows for what is near. */
const isFourier = (structure) => structure === 'fourier' || structure === 'fourier-boxes';
const COLORS = Object.fromEntries(STRUCTURES.map((structure, i) => [structure, PALETTE[i % PALETTE.length]]));
const SHAPES = Object.fromEntries(
  STRUCTURES.map((structure) => [
    structure,
    isFourier(structure) ? 'diamond' : structure === 'h' || structure === 'h2' ? 'circle' : 'square',
  ]),
);
/** What still counts as the time of the Fourier network: cells were trained beside other work. */
const SAME_TIME = 1.15;

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const error = (value) => formatCell(value, 'error', { digits: 2 });
const ratio = (value) => formatCell(value, 'ratio');
const titleOf = (map) => MAPS[map].title;
const list = (words) => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`);

/** The cells of one map, structure and number of epochs as one row. */
function rowsOf(cells) {
  const groups = Map.groupBy
    ? Map.groupBy(cells, keyOf)
    : cells.reduce((all, cell) => all.set(keyOf(cell), [...(all.get(keyOf(cell)) ?? []), cell]), new Map());
  const rows = [...groups.values()].map((group) => {
    const errors = group.map((cell) => cell.errors.test.mean);
    const [{ map, structure, epochs, steps, parameters }] = group;
    return {
      ...{ map, structure, epochs, steps, parameters, seeds: group.length },
      error: mean(errors),
      least: Math.min(...errors),
      most: Math.max(...errors),
      worst: Math.max(...group.map((cell) => cell.errors.test.worst)),
      seconds: median(group.map((cell) => cell.trainingSeconds)),
      inference: Math.min(...group.map((cell) => cell.inferenceSeconds)),
    };
  });
  const order = ({ structure, epochs }) => STRUCTURES.indexOf(structure) * 1000 + epochs;
  return rows.sort((a, b) => order(a) - order(b));
}
const keyOf = ({ map, structure, epochs }) => `${map} ${structure} ${epochs}`;

/** What is compared of a map: its rows, and the one that all are compared with. */
function comparisonOf(map, rows) {
  const own = rows.filter((row) => row.map === map);
  const fourier = own.find(({ structure, epochs }) => structure === 'fourier' && epochs === STEPS.equal);
  const equal = own.filter(({ epochs }) => epochs === STEPS.equal);
  const sameTime = fourier ? own.filter(({ seconds }) => seconds <= SAME_TIME * fourier.seconds) : [];
  const least = (some) => some.reduce((best, row) => (best && best.error <= row.error ? best : row), undefined);
  const multiscale = (some) => some.filter(({ structure }) => !isFourier(structure));
  const fouriers = (some) => some.filter(({ structure }) => isFourier(structure));
  return {
    ...{ map, own, fourier, equal },
    equalSteps: { multiscale: least(multiscale(equal)), fourier: least(fouriers(equal)) },
    equalTime: { multiscale: least(multiscale(sameTime)), fourier: least(fouriers(sameTime)) },
    best: least(own),
    quick: least(own.filter((row) => row.inference <= 2 * Math.min(...own.map(({ inference }) => inference)))),
  };
}

/** On how many maps a multiscale structure is at or below the Fourier networks, and where it is clearly below or above. */
function goalText(comparisons) {
  const count = (better) => comparisons.filter(better).length;
  const below = (against) => (comparison) =>
    comparison.multiscale && comparison.multiscale.error <= against(comparison);
  const at = (what) => comparisons.map((one) => ({ ...one[what], points: one.fourier }));
  const all = comparisons.length;
  const [steps, time] = [at('equalSteps'), at('equalTime')];
  const points = ({ points: { error: value } }) => value;
  const either = ({ fourier: { error: value } }) => value;
  const number = (rows, against) => rows.filter(below(against)).length;
  const quotient = ({ equalTime: { multiscale, fourier } }) =>
    multiscale ? multiscale.error / fourier.error : Infinity;
  const names = (some) => list(some.map((one) => `${titleOf(one.map)} (${ratio(quotient(one))})`));
  const [clear, behind] = [
    comparisons.filter((one) => quotient(one) <= 0.67),
    comparisons.filter((one) => quotient(one) > 1),
  ];
  return [
    `At equal steps the best multiscale structure is at or below \`fourier\` on ${number(steps, points)} of ${all} maps, and at or below the better of the two Fourier networks on ${number(steps, either)}.`,
    `Within the CPU time of \`fourier\`, it is at or below \`fourier\` on ${number(time, points)} of ${all}, and at or below the better of the two on ${number(time, either)}.`,
    ...(clear.length > 0 ? [`Clearly below, by a third or more, in that time: ${names(clear)}.`] : []),
    ...(behind.length > 0 ? [`Above the better Fourier network in that time: ${names(behind)}.`] : []),
    ...(count(({ own }) => own.some(({ seeds }) => seeds < 2)) > 0
      ? ['Rows of one seed are single trainings: take differences below a fifth as none.']
      : []),
  ].join(' ');
}

/** Which structure is to be taken, map by map. */
function choices(comparisons) {
  const name = ({ structure, steps }) => `${structure}, ${formatCell(steps, 'integer')} steps`;
  return table({
    caption: 'Which structure for what',
    columns: [
      { title: 'map' },
      { title: 'least error' },
      { title: 'test ε', format: 'error' },
      { title: 'to the paper’s structure, equal steps', format: 'ratio' },
      { title: 'fast inference' },
      { title: 'its test ε', format: 'error' },
      { title: 'its inference, a sample', format: 'seconds' },
    ],
    rows: comparisons.map(({ map, best, quick, equal }) => {
      const h = equal.find(({ structure }) => structure === 'h');
      const same = equal.find(({ structure }) => structure === best.structure);
      return [
        titleOf(map),
        name(best),
        best.error,
        h && same ? same.error / h.error : null,
        name(quick),
        quick.error,
        quick.inference,
      ];
    }),
    notes: ['Fast inference: the least error of what needs at most twice the time of the fastest.'],
  });
}

function tableOf({ map, own, fourier }) {
  return table({
    caption: titleOf(map),
    columns: [
      { title: 'structure' },
      { title: 'steps', format: 'integer' },
      { title: 'seeds', format: 'integer' },
      { title: 'parameters', format: 'integer' },
      { title: 'test ε', format: 'error' },
      { title: 'over seeds', align: 'right' },
      { title: 'worst sample', format: 'error' },
      { title: 'to Fourier', format: 'ratio' },
      { title: 'training, CPU', format: 'seconds' },
      { title: 'inference, a sample', format: 'seconds' },
    ],
    rows: own.map(({ structure, steps, seeds, parameters, least, most, worst, seconds, inference, ...row }) => [
      structure,
      steps,
      seeds,
      parameters,
      row.error,
      seeds > 1 ? `${error(least)} … ${error(most)}` : '–',
      worst,
      fourier ? row.error / fourier.error : null,
      seconds,
      inference,
    ]),
  });
}

/** Test errors of all seeds over the mean of `fourier`, a row a map. */
function ratioFigure(cells, comparisons) {
  const base = Object.fromEntries(comparisons.map(({ map, fourier }) => [map, fourier.error]));
  const series = STRUCTURES.map((structure) => ({
    name: structure,
    color: COLORS[structure],
    shape: SHAPES[structure],
    dots: cells
      .filter((cell) => cell.structure === structure && cell.epochs === STEPS.equal && base[cell.map])
      .map((cell) => ({ row: titleOf(cell.map), x: cell.errors.test.mean / base[cell.map] })),
  }));
  return dotFigure({
    rows: comparisons.map(({ map }) => titleOf(map)),
    series: series.filter(({ dots }) => dots.length > 0),
    x: { title: 'test ε, of the mean of the Fourier network at the points; equal steps; a dot a seed', scale: 'log' },
    rules: [{ value: 1, label: 'as the Fourier network' }],
  });
}

/** Test errors against CPU seconds of training, a dot a training. */
function timeFigure(map, cells) {
  const own = cells.filter((cell) => cell.map === map);
  const series = STRUCTURES.map((structure) => {
    const dots = own.filter((cell) => cell.structure === structure);
    // Gaps on both sides make dots of the values.
    return {
      name: structure,
      color: COLORS[structure],
      x: dots.flatMap((cell) => [cell.trainingSeconds, cell.trainingSeconds]),
      y: dots.flatMap((cell) => [cell.errors.test.mean, null]),
    };
  });
  return lineFigure({
    series: series.filter(({ x }) => x.length > 0),
    x: { title: 'training, CPU seconds', scale: 'log' },
    y: { title: 'test ε', scale: 'log' },
    title: titleOf(map),
    height: 200,
  });
}

/** Writes `README.md` and its figures. Maps without the Fourier network at the points are left out: they are not compared yet. */
export async function writePage(folder, cells) {
  const rows = rowsOf(cells);
  const comparisons = Object.keys(MAPS)
    .map((map) => comparisonOf(map, rows))
    .filter(({ fourier, equalSteps }) => fourier && equalSteps.multiscale);
  if (comparisons.length === 0) return;
  const missing = Object.keys(MAPS).filter((map) => comparisons.every((one) => one.map !== map));
  const figure = (name, svg) => writeFileSync(join(folder, name), `${svg}\n`);
  figure('structures.svg', await ratioFigure(cells, comparisons));
  for (const { map } of comparisons) figure(`time--${map}.svg`, await timeFigure(map, cells));
  const parts = [
    '# What each structure reaches',
    '![Test errors over those of the Fourier network, by map and structure](structures.svg)',
    goalText(comparisons),
    tableMarkdown(choices(comparisons)),
    `Made by \`npm run bench:structures\`: the same recipe (SOAP, augmentation where the map has it, softplus, output stage), samples and seeds for every structure, at about as many parameters, ${STEPS.equal} epochs; cheaper ones than \`fourier\` also for ${STEPS.longer} or more, with a schedule of their own. CPU seconds on one thread of a machine that other work shared: the median over seeds for training, the least for predicting one sample of 40. \`fourier\` works at the grid points, \`fourier-boxes\`, \`fourier-near\` and \`multiscale-operator\` on the boxes of the finest level; \`h\` is the paper’s network. \`fourier-near\` adds windows of 7 boxes (5 in 2D) to half the frequencies, a near and a far field as in Ewald summation, and counts as multiscale here. Waves, and where each structure breaks as they get shorter: [helmholtz.md](helmholtz.md).`,
    'The experiments in `apps` keep the paper’s network, which reproduces its tables. Another is an entry of an experiment’s file, such as `"network": { "structure": "multiscale-operator", "points": 320, "levels": 6, "width": 8, "layers": 4, "output": "density" }`.',
    ...(missing.length > 0
      ? [
          `Not measured yet: ${missing.map(titleOf).join('; ')}. The same command goes on with them, and with the seeds that are missing.`,
        ]
      : []),
    '## Error against training time',
    ...comparisons.map(({ map }) => `![${titleOf(map)}: test error against CPU seconds of training](time--${map}.svg)`),
    '## Numbers',
    ...comparisons.map((comparison) => tableMarkdown(tableOf(comparison))),
  ];
  writeFileSync(join(folder, 'README.md'), `${parts.join('\n\n')}\n`);
}
