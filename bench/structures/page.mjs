/** The page of `bench/structures.mjs`: figures first, then sentences computed from the cells, then tables. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dotFigure, formatCell, lineFigure, PALETTE, table, tableMarkdown } from '@dyadic/report';
import { clearly, comparisonOf, isFourier, rowsOf, STRUCTURES } from './comparison.mjs';
import { MAPS, RECIPES, STEPS } from './maps.mjs';

/** One more than the palette has. */
const SHADES = [...PALETTE, '#8a8a8a'];
const COLORS = Object.fromEntries(STRUCTURES.map((structure, i) => [structure, SHADES[i]]));
const SHAPES = Object.fromEntries(
  STRUCTURES.map((structure) => [
    structure,
    isFourier(structure) ? 'diamond' : structure === 'h' || structure === 'h2' ? 'circle' : 'square',
  ]),
);
const error = (value) => formatCell(value, 'error', { digits: 2 });
const ratio = (value) => formatCell(value, 'ratio');
const titleOf = (map) => MAPS[map].title;
const list = (words) => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`);

/** On how many maps a multiscale structure is at or below the Fourier networks, and where it is clearly below or above. */
function goalText(comparisons) {
  const all = comparisons.length;
  const number = (against, what = 'multiscale') =>
    comparisons.filter(({ equalTime, ...own }) => equalTime[what] && equalTime[what].error <= against(equalTime, own))
      .length;
  const points = (_, { fourier }) => fourier.error;
  const either = ({ fourier }) => fourier.error;
  const steps = comparisons.filter(({ equalSteps, fourier }) => equalSteps.multiscale.error <= fourier.error).length;
  const quotient = ({ equalTime: { multiscale, fourier } }) => (multiscale?.error ?? Infinity) / fourier.error;
  const names = (some) => list(some.map((one) => `${titleOf(one.map)} (${ratio(quotient(one))})`));
  const toPoints = ({ equalTime: { multiscale }, fourier }) => (multiscale?.error ?? Infinity) / fourier.error;
  const clearPoints = comparisons.filter((one) => clearly(toPoints(one)));
  const clear = comparisons.filter((one) => clearly(quotient(one)));
  const behind = comparisons.filter((one) => quotient(one) > 1);
  return [
    `Within the CPU time that \`fourier\` takes, the best multiscale structure is at or below \`fourier\` on ${number(points)} of ${all} maps, and at or below the better of the two Fourier networks, \`fourier\` and \`fourier-boxes\`, on ${number(either)}; \`multiscale-operator\` alone on ${number(points, 'operator')} and ${number(either, 'operator')}, \`fourier-near\` alone on ${number(points, 'near')} and ${number(either, 'near')}.`,
    `At equal steps, whatever they cost, it is at or below \`fourier\` on ${steps}.`,
    ...(clearPoints.length > 0
      ? [
          `Clearly below \`fourier\`, by a third or more, in that time: ${list(clearPoints.map((one) => `${titleOf(one.map)} (${ratio(toPoints(one))})`))}.`,
        ]
      : []),
    ...(clear.length > 0 ? [`And below the better Fourier network: ${names(clear)}.`] : []),
    ...(behind.length > 0 ? [`Above the better Fourier network: ${names(behind)}.`] : []),
    ...(comparisons.some(({ own }) => own.some(({ seeds }) => seeds < 2))
      ? ['Rows of one seed are single trainings: take differences below a fifth as none.']
      : []),
    ...stuckSentence(comparisons),
  ].join(' ');
}

/** How far the test error of a network is above the least of its map when it says that it did not train. */
const STUCK = 100;

/** Networks that hardly left their start: the recipe does not suit them. */
function stuckSentence(comparisons) {
  const stuck = comparisons.flatMap(({ map, own, best }) =>
    own
      .filter((row) => row.error > STUCK * best.error)
      .map((row) => `\`${row.structure}\` on ${titleOf(map)} (${error(row.error)})`),
  );
  if (stuck.length === 0) return [];
  return [
    `Did not train with the recipe that all share, more than ${STUCK} times above the least error: ${list(stuck)}.`,
  ];
}

/** Windows and frequencies of `fourier-near`, on a line and on a square. */
function nearSizes() {
  const sizes = [MAPS['nlse-1d'], MAPS['nlse-2d']].map(({ networks }) => networks['fourier-near']);
  return sizes
    .map(({ dimension, near, modes }) => `in ${dimension}D windows of ${near}, frequencies below ${modes}`)
    .join('; ');
}

/** What the goal is about, map by map. */
function goalTable(comparisons) {
  const name = (row) => (row ? `${row.structure}, ${formatCell(row.steps, 'integer')} steps` : null);
  return table({
    caption: 'In the CPU time of the Fourier network at the points',
    columns: [
      { title: 'map' },
      { title: 'Fourier networks' },
      { title: 'test ε', format: 'error' },
      { title: 'multiscale structures' },
      { title: 'test ε', format: 'error' },
      { title: 'to the Fourier networks', format: 'ratio' },
      { title: 'to fourier', format: 'ratio' },
      { title: 'to the paper’s structure', format: 'ratio' },
    ],
    rows: comparisons.map(({ map, fourier: points, equalTime: { multiscale, fourier, own } }) => [
      titleOf(map),
      name(fourier),
      fourier.error,
      name(multiscale),
      multiscale?.error ?? null,
      multiscale ? multiscale.error / fourier.error : null,
      multiscale ? multiscale.error / points.error : null,
      multiscale && own ? multiscale.error / own.error : null,
    ]),
    notes: ['The least error of each kind in that time; of the paper’s structure too.'],
  });
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
      { title: 'to the paper’s, equal steps', format: 'ratio' },
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

/** Test errors against parameters, at equal steps and of one seed. */
function sizeFigure(map, cells) {
  const own = cells.filter((cell) => cell.map === map && cell.epochs === STEPS.equal && cell.seed === 1);
  const series = STRUCTURES.map((structure) => {
    const sizes = own.filter((cell) => cell.structure === structure).sort((a, b) => a.parameters - b.parameters);
    return {
      name: structure,
      color: COLORS[structure],
      x: sizes.map(({ parameters }) => parameters),
      y: sizes.map(({ errors }) => errors.test.mean),
    };
  });
  return lineFigure({
    series: series.filter(({ x }) => x.length > 1),
    x: { title: 'parameters', scale: 'log' },
    y: { title: 'test ε', scale: 'log' },
    title: `${titleOf(map)}: one seed, ${STEPS.equal} epochs`,
    height: 200,
  });
}

/** The experiments in `apps` and the recommended networks beside them. */
function recipeTable(cells) {
  const rows = rowsOf(cells);
  const maps = Object.keys(MAPS).filter((map) => rows.filter((row) => row.map === map).length === 2);
  return table({
    caption: 'The experiments in apps, and the recommended network in place of the paper’s (best)',
    columns: [
      { title: 'experiment' },
      { title: 'epochs', format: 'integer' },
      { title: 'parameters', format: 'integer' },
      { title: 'test ε', format: 'error' },
      { title: 'best: parameters', format: 'integer' },
      { title: 'test ε', format: 'error' },
      { title: 'to the paper’s', format: 'ratio' },
      { title: 'training time to it', format: 'ratio' },
    ],
    rows: maps.map((map) => {
      const [own, best] = ['experiment', 'best'].map((name) =>
        rows.find((row) => row.map === map && row.structure === name),
      );
      const ratios = ['error', 'seconds'].map((of) => best[of] / own[of]);
      return [MAPS[map].folder, own.epochs, own.parameters, own.error, best.parameters, best.error, ...ratios];
    }),
    notes: ['Profile quick, seed 1, the same training for both.'],
  });
}

/** Writes `README.md` and its figures. Maps without the Fourier network at the points are left out: they are not compared yet. */
export async function writePage(folder, cells) {
  const plain = cells.filter(({ size, structure }) => size === undefined && STRUCTURES.includes(structure));
  const recipes = cells.filter(({ structure }) => structure in RECIPES);
  const rows = rowsOf(plain);
  const comparisons = Object.keys(MAPS)
    .map((map) => comparisonOf(map, rows))
    .filter(({ fourier, equalSteps }) => fourier && equalSteps.multiscale);
  if (comparisons.length === 0) return;
  const missing = Object.keys(MAPS).filter((map) => comparisons.every((one) => one.map !== map));
  const sized = comparisons.map(({ map }) => map).filter((map) => cells.some((cell) => cell.map === map && cell.size));
  const machines = [...new Set(comparisons.map(({ machine }) => machine))];
  const figure = (name, svg) => writeFileSync(join(folder, name), `${svg}\n`);
  figure('structures.svg', await ratioFigure(plain, comparisons));
  for (const map of sized) figure(`size--${map}.svg`, await sizeFigure(map, cells));
  for (const { map, machine } of comparisons) {
    const own = plain.filter((cell) => cell.map === map && cell.machine === machine);
    figure(`time--${map}.svg`, await timeFigure(map, own));
  }
  const parts = [
    '# What each structure reaches',
    '![Test errors over those of the Fourier network, by map and structure](structures.svg)',
    goalText(comparisons),
    tableMarkdown(goalTable(comparisons)),
    tableMarkdown(choices(comparisons)),
    ...(recipes.length > 1 ? [tableMarkdown(recipeTable(recipes))] : []),
    `Made by \`npm run bench:structures\`: the same recipe (SOAP, augmentation where the map has it, softplus, output stage), samples and seeds for every structure, at about as many parameters, ${STEPS.equal} epochs; cheaper ones than \`fourier\` also for ${STEPS.longer} or more, with a schedule of their own. CPU seconds of one thread of machines that other work shared, of a map on one machine (${list(machines)}): the median over seeds for training, the least for predicting one sample of 40. \`fourier\` works at the grid points, \`fourier-boxes\`, \`fourier-near\` and \`multiscale-operator\` on the boxes of the finest level; \`h\` is the paper’s network; \`wavelet-fixed\` keeps Daubechies’ filters between its levels. \`fourier-near\` keeps fewer frequencies and adds windows of a few boxes (${nearSizes()}), a near and a far field as in Ewald summation, and counts as multiscale here. Waves, and where each structure breaks as they get shorter: [helmholtz.md](helmholtz.md).`,
    'The experiments in `apps` keep the paper’s network, which reproduces its tables; beside them is `best`, the same experiment with a structure that these figures recommend: `npx dyadic train apps/nlse-1d/best`.',
    ...(missing.length > 0
      ? [
          `Not measured yet: ${missing.map(titleOf).join('; ')}. The same command goes on with them, and with the seeds that are missing.`,
        ]
      : []),
    ...(sized.length > 0 ? ['## Error against size'] : []),
    ...sized.map((map) => `![${titleOf(map)}: test error against parameters](size--${map}.svg)`),
    '## Error against training time',
    ...comparisons.map(({ map }) => `![${titleOf(map)}: test error against CPU seconds of training](time--${map}.svg)`),
    '## Numbers',
    ...comparisons.map((comparison) => tableMarkdown(tableOf(comparison))),
  ];
  writeFileSync(join(folder, 'README.md'), `${parts.join('\n\n')}\n`);
}
