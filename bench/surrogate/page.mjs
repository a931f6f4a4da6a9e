/** The page of `docs/results/electrons`, from its results alone. */
import { dotFigure, lineFigure, page, table, tableMarkdown } from '@dyadic/report';

const KINDS = { map: 'map V ↦ ρ', field: 'field V_ext ↦ ρ' };
const dimensionOf = ({ dimension }) => `${dimension}D`;
const bySize = (a, b) => a.kind.localeCompare(b.kind) || a.dimension - b.dimension || a.electrons - b.electrons;
const STRUCTURES = {
  h: 'the paper’s, H',
  fourier: 'Fourier layers',
  near: 'Fourier layers, near and far',
  'multiscale-operator': 'multiscale operator',
};
const structureOf = ({ structure = 'h' }) => STRUCTURES[structure];
const percent = (part) => `${Math.round(100 * part)} %`;

/**
 * @param results - Of the cells, of other structures, of networks inside the field, of transfers and of many electrons; names of
 * those missing
 * @returns files by name
 */
export async function surrogatePage({ cells: found, structures, inside, transfers, many, dataCosts, missing }) {
  const cells = [...found].sort(bySize);
  const pictures = await figures(cells);
  const sections = [
    {
      heading: 'How long a density takes, and how good it is',
      figures: pictures.map(({ svg, caption }) => ({ svg, caption })),
    },
    headline(cells),
    { heading: 'In detail', tables: [speeds(cells), costs(cells)] },
    ...(structures.length > 0 ? [structureSection(structures)] : []),
    ...(inside.length > 0 ? [await insideSection(inside)] : []),
    ...(transfers.length > 0 ? [transferSection(transfers)] : []),
    ...(many ? [manySection(many)] : []),
    method(cells, dataCosts, missing),
  ];
  const title = 'Where a surrogate pays: the Kohn-Sham map and its self-consistent field';
  const most = (dimension) =>
    Math.max(...cells.filter((cell) => cell.dimension === dimension).map(({ electrons }) => electrons));
  const subtitle = `Networks beside the best solver, to ${most(1)} electrons in 1D and ${most(2)} in 2D. Made by npm run bench:surrogate.`;
  return {
    'index.html': page({ title, subtitle, sections }),
    'README.md': markdown(title, subtitle, sections, pictures),
    ...Object.fromEntries(pictures.map(({ file, svg }) => [file, `${svg}\n`])),
  };
}

const times = (ratio) => `${ratio.toPrecision(ratio < 100 ? 2 : 3)} times`;
const named = ({ kind, electrons, dimension }) => `the ${kind} of ${electrons} electrons in ${dimension}D`;

/** What the rows say, in words. */
function findings(cells) {
  const said = [];
  const cell = cells.find((cell) => cell.kind === 'field' && cell.dimension === 1 && cell.electrons === 32);
  if (cell) {
    const { error, seconds } = cell;
    const [single, batch] = [seconds.solver / seconds.single, seconds.solver / seconds.batch].map(Math.round);
    const reached = error.mean <= 1e-3 && single >= 300;
    said.push(
      `The field of 32 electrons in 1D: the network is ${single} times faster than the solver for one sample, ${batch} times in a batch, at a mean error of ρ of ${error.mean.toExponential(1)}. The aim, 300 times at 1e-3, is ${reached ? '' : 'not '}reached.`,
    );
  }
  const gain = ({ seconds }) => seconds.solverAsGood && seconds.solverAsGood.seconds / seconds.single;
  const compared = cells.filter(gain).sort((a, b) => gain(a) - gain(b));
  if (compared.length > 1) {
    const [least, most] = [compared[0], compared.at(-1)];
    said.push(
      `A solver need not be exact either. Asked for no more than the network’s accuracy, it takes ${times(gain(least))} the network’s time for ${named(least)}, the least, and ${times(gain(most))} for ${named(most)}, the most.`,
    );
  }
  return said;
}

/** Evaluations, one at a time, whose saved time is that of data and training; null where there are none. */
function paysAfter({ samples, seconds: { solver, single, training, dataPerSample } }) {
  const pays = Math.ceil((dataPerSample * samples + training) / (solver - single));
  return pays > 0 ? pays : null;
}

function headline(cells) {
  return {
    heading: 'The headline',
    paragraphs: [
      'Electrons sit in a crystal of Gaussian wells out of order, one electron a well, without spin. The map V ↦ ρ solves once for the orbitals of a given potential. The field V_ext ↦ ρ repeats that, some ten times, until the electrons’ own potential agrees with their density. A network gives either density at once.',
      ...findings(cells),
    ],
    tables: [
      table({
        caption: 'One density on one core',
        columns: [
          { title: 'problem' },
          { title: '' },
          { title: 'electrons', format: 'integer' },
          { title: 'points', format: 'integer' },
          { title: 'solver', format: 'seconds' },
          { title: 'network', format: 'seconds' },
          { title: 'faster', format: 'ratio' },
          { title: 'error of ρ', format: 'error', digits: 2 },
          { title: 'error of E', format: 'error', digits: 2 },
          { title: 'pays after', format: 'integer' },
          { title: 'structure' },
        ],
        rows: cells.map((cell) => [
          KINDS[cell.kind],
          dimensionOf(cell),
          cell.electrons,
          cell.points,
          cell.seconds.solver,
          cell.seconds.single,
          cell.seconds.solver / cell.seconds.single,
          cell.error.mean,
          cell.energy.total,
          paysAfter(cell),
          structureOf(cell),
        ]),
        notes: [
          'Errors: ‖ρ − ρ_true‖ / ‖ρ_true‖, the mean over test samples; of the total energy E that one solve in the potential of the network’s ρ gives. Pays after: so many evaluations save the time of data and training.',
        ],
      }),
    ],
  };
}

function speeds(cells) {
  return table({
    caption: 'Times of one evaluation on one core, and errors',
    columns: [
      { title: 'problem' },
      { title: '' },
      { title: 'n_e', format: 'integer' },
      { title: 'points', format: 'integer' },
      { title: 'solver', format: 'seconds' },
      { title: 'as good', format: 'seconds' },
      { title: 'network', format: 'seconds' },
      { title: 'in a batch', format: 'seconds' },
      { title: 'faster', format: 'ratio' },
      { title: 'in a batch', format: 'ratio' },
      { title: 'than as good', format: 'ratio' },
      { title: 'error of ρ', format: 'error', digits: 2 },
      { title: 'worst', format: 'error', digits: 2 },
      { title: 'of ∫ρV', format: 'error', digits: 2 },
      { title: 'of E', format: 'error', digits: 2 },
    ],
    rows: cells.map((cell) => {
      const { kind, electrons, points, seconds, error, energy } = cell;
      const { solver, solverAsGood, single, batch } = seconds;
      const asGood = solverAsGood?.seconds ?? null;
      return [
        KINDS[kind],
        dimensionOf(cell),
        electrons,
        points,
        solver,
        asGood,
        single,
        batch,
        solver / single,
        solver / batch,
        asGood && asGood / single,
        error.mean,
        error.worst,
        energy.potential,
        energy.total,
      ];
    }),
    notes: [
      'Errors are relative, means over the test samples: of ρ in the root mean square, of ∫ρV, and of the total energy E of the orbitals in the potential of the network’s ρ, which takes one solve; its error is of second order.',
      'Solver: the mean over test samples of the shortest time of a solve, from nothing, to its own tolerance. As good: at the loosest tolerance at which its ρ is as good as the network’s. Network: from potential to density in their own units.',
    ],
  });
}

function costs(cells) {
  return table({
    caption: 'What the network costs before, and after how many evaluations it pays',
    columns: [
      { title: 'problem' },
      { title: '' },
      { title: 'n_e', format: 'integer' },
      { title: 'samples', format: 'integer' },
      { title: 'data', format: 'seconds' },
      { title: 'parameters', format: 'integer' },
      { title: 'epochs', format: 'integer' },
      { title: 'training', format: 'seconds' },
      { title: 'pays after', format: 'integer' },
      { title: 'of its samples', format: 'ratio' },
    ],
    rows: cells.map((cell) => {
      const { kind, electrons, samples, parameters, epochs, seconds } = cell;
      const { training, dataPerSample } = seconds;
      const pays = paysAfter(cell);
      return [
        KINDS[kind],
        dimensionOf(cell),
        electrons,
        samples,
        dataPerSample * samples,
        parameters,
        epochs,
        training,
        pays,
        pays && pays / samples,
      ];
    }),
    notes: [
      'Data: on one core; a sample of the map costs the iterations of the field that lead to its potential. Training: by the clock, on one or two cores that other work shared.',
    ],
  });
}

async function figures(cells) {
  const rowOf = ({ kind, dimension, electrons }) => `${kind} ${dimension}D, ${electrons} electrons`;
  const rows = cells.map(rowOf);
  const dots = (name, value, rest) => ({
    name,
    dots: cells.filter(value).map((cell) => ({ row: rowOf(cell), x: value(cell) })),
    ...rest,
  });
  const drawn = async (file, caption, title, series) => ({
    file,
    caption,
    svg: await dotFigure({ rows, series, x: { title, scale: 'log' } }),
  });
  return [
    await drawn('times.svg', 'Time of one density on one core.', 'seconds', [
      dots('solver', ({ seconds }) => seconds.solver, { color: '#d55e00' }),
      dots('solver, no better than the network', ({ seconds }) => seconds.solverAsGood?.seconds, {
        color: '#e69f00',
        shape: 'diamond',
      }),
      dots('network', ({ seconds }) => seconds.single, { color: '#0072b2', shape: 'square' }),
    ]),
    await drawn('errors.svg', 'Errors of the network on test samples.', 'relative error', [
      dots('ρ, mean', ({ error }) => error.mean, { color: '#0072b2', shape: 'square' }),
      dots('ρ, worst', ({ error }) => error.worst, { color: '#56b4e9', shape: 'triangle-up' }),
      dots('total energy, mean', ({ energy }) => energy.total, { color: '#009e73', shape: 'diamond' }),
    ]),
  ];
}

function structureSection(structures) {
  const rows = [...structures].sort((a, b) => bySize(a, b) || a.error.mean - b.error.mean);
  return {
    heading: 'Which structure',
    paragraphs: [
      'Where several structures have been trained, each has a recipe of its own; the tables above have the first of each size here, or the only one. “Fourier layers, near and far” pass a few frequencies through a multiplier and what is near through a window, on boxes of two points an axis.',
    ],
    tables: [
      table({
        caption: 'The same map by several structures',
        columns: [
          { title: 'problem' },
          { title: '' },
          { title: 'n_e', format: 'integer' },
          { title: 'structure' },
          { title: 'parameters', format: 'integer' },
          { title: 'samples', format: 'integer' },
          { title: 'epochs', format: 'integer' },
          { title: 'training', format: 'seconds' },
          { title: 'faster than the solver', format: 'ratio' },
          { title: 'error of ρ', format: 'error', digits: 2 },
          { title: 'worst', format: 'error', digits: 2 },
        ],
        rows: rows.map((cell) => {
          const { kind, electrons, parameters, samples, epochs, seconds, error } = cell;
          const faster = seconds.solver / seconds.single;
          const size = [KINDS[kind], dimensionOf(cell), electrons];
          const cost = [parameters, samples, epochs, seconds.training];
          return [...size, structureOf(cell), ...cost, faster, error.mean, error.worst];
        }),
      }),
    ],
  };
}

async function insideSection(inside) {
  const rows = [...inside].sort(
    (a, b) =>
      a.dimension - b.dimension || a.electrons - b.electrons || a.inputs.localeCompare(b.inputs) || b.error - a.error,
  );
  const family = rows.filter(
    ({ dimension, electrons, inputs }) => dimension === 1 && electrons === 8 && inputs === 'iterates',
  );
  const ratios = family.map(({ distance, error }) => distance / error);
  const largest = rows.filter(({ dimension }) => dimension === 1).at(-1);
  const figure = family.length > 1 && {
    svg: await lineFigure({
      series: [
        {
          name: 'distance of the field',
          x: family.map(({ error }) => error),
          y: family.map(({ distance }) => distance),
        },
        {
          name: 'error of the map',
          x: family.map(({ error }) => error),
          y: family.map(({ error }) => error),
          stroke: 'dotted',
        },
      ],
      x: { title: 'test error of the map', scale: 'log' },
      y: { title: '‖ρ − ρ_true‖ / ‖ρ_true‖', scale: 'log' },
    }),
    caption:
      'Eight electrons in 1D: how far the field of a network is from the true one, against the error of the network.',
  };
  return {
    heading: 'The network inside the field',
    paragraphs: [
      'F_KS in (4.7) is the network; the iteration is the same. Potentials that the iteration visits are what the network was trained on (iterates), or bare external potentials (V_ext); the latter is given their mean back, as a constant changes no density.',
      ...(family.length > 0
        ? [
            `Eight electrons in 1D: ${percent(Math.min(...family.map(({ converged }) => converged)))} of the fields converge, and their distance from the true ones is ${Math.min(...ratios).toPrecision(2)} to ${Math.max(...ratios).toPrecision(2)} times the error of the map.`,
          ]
        : []),
      ...(largest
        ? [
            `${largest.electrons} electrons in 1D: ${percent(largest.converged)} converge, ${Math.round(largest.trueSeconds / largest.seconds)} times faster than the true field, at a distance of ${largest.distance.toExponential(1)}; from their densities the true field needs ${largest.startedIterations.toFixed(1)} iterations for ${largest.trueIterations.toFixed(1)}.`,
          ]
        : []),
    ],
    tables: [
      table({
        caption: 'Fields with a network for the map, and true fields from their density',
        columns: [
          { title: '' },
          { title: 'n_e', format: 'integer' },
          { title: 'structure' },
          { title: 'trained on' },
          { title: 'epochs', format: 'integer' },
          { title: 'error of the map', format: 'error', digits: 2 },
          { title: 'converge', align: 'right' },
          { title: 'least residual', format: 'error', digits: 1 },
          { title: 'distance', format: 'error', digits: 2 },
          { title: 'worst', format: 'error', digits: 2 },
          { title: 'iterations', align: 'right' },
          { title: 'time', format: 'seconds' },
          { title: 'faster', format: 'ratio' },
          { title: 'true iterations', align: 'right' },
          { title: 'from its ρ', align: 'right' },
          { title: 'time saved', align: 'right' },
        ],
        rows: rows.map((row) => [
          dimensionOf(row),
          row.electrons,
          structureOf({ structure: row.dimension === 1 ? 'h' : 'fourier', ...row }),
          row.inputs,
          row.epochs,
          row.error,
          percent(row.converged),
          row.residual,
          row.distance,
          row.worst,
          row.iterations.toFixed(1),
          row.seconds,
          row.trueSeconds / row.seconds,
          row.trueIterations.toFixed(1),
          row.startedIterations.toFixed(1),
          percent(1 - (row.startedSeconds + row.seconds) / row.trueSeconds),
        ]),
        notes: [
          'Means over twenty fields, or ten of 1,000 points and more. Converged: the residual is below 1e-6 within 60 iterations; the true field is asked for 1e-8. Distance: ‖ρ − ρ_true‖ / ‖ρ_true‖.',
          'From its ρ: iterations of the true field started from the density of the network’s. Time saved: of the true field’s, the network’s own counted.',
        ],
      }),
    ],
    figures: figure ? [figure] : [],
  };
}

function transferSection(transfers) {
  const rows = transfers.flatMap(({ kind, dimension, from, to, structure = 'h', direct, rows: tuned }) => [
    ...tuned.map(({ samples, epochs, error, seconds }) => [
      KINDS[kind],
      `${dimension}D`,
      from,
      to,
      STRUCTURES[structure],
      samples === 0 ? 'as it is' : `trained on ${samples} samples of it, ${epochs} epochs`,
      error,
      seconds,
    ]),
    ...(direct
      ? [
          [
            KINDS[kind],
            `${dimension}D`,
            from,
            to,
            STRUCTURES[structure],
            `for comparison: trained on ${direct.samples} samples of it`,
            direct.error,
            direct.seconds,
          ],
        ]
      : []),
  ]);
  return {
    heading: 'From a small box to a larger one',
    paragraphs: [
      'A network of a small box, applied to one of twice the cells along each axis: boxes of equal size have equal weights. In the paper’s network all levels move up by one, and the coarsest of the larger box, which is new, stays absent. In Fourier layers the kernel of each multiplier stays what it is, zero beyond the small box.',
    ],
    tables: [
      table({
        caption: 'Test error on the larger box',
        columns: [
          { title: 'problem' },
          { title: '' },
          { title: 'from n_e', format: 'integer' },
          { title: 'to n_e', format: 'integer' },
          { title: 'structure' },
          { title: 'network' },
          { title: 'error of ρ', format: 'error', digits: 2 },
          { title: 'training', format: 'seconds' },
        ],
        rows,
      }),
    ],
  };
}

function manySection({ rows, notes }) {
  return {
    heading: 'The solver itself: growth with the number of electrons',
    paragraphs: [
      'At a fixed density, on one thread, beside SciPy on the same potentials in the same run: npm run bench:solvers -- --many.',
    ],
    tables: [
      table({
        caption: 'The Kohn-Sham map, to a residual of 1e-10',
        columns: [
          { title: 'problem' },
          { title: 'solver' },
          { title: 'a solve', format: 'seconds' },
          { title: 'dyadic is', format: 'ratio' },
          { title: 'grows like n_e^', align: 'right' },
          { title: 'residual', format: 'error', digits: 1 },
          { title: 'differs by', format: 'error', digits: 1 },
        ],
        rows,
        notes,
      }),
    ],
  };
}

function method(cells, dataCosts, missing) {
  const today = cells.filter(({ revision }) => revision !== undefined);
  const revisions = [...new Set(today.map(({ revision }) => revision))].sort((a, b) => a - b);
  const elsewhere = cells.filter(({ cores = 2 }) => cores !== 2);
  const cores = [...new Set(elsewhere.map((cell) => cell.cores))].join(', ');
  const before = cells.filter(({ revision }) => revision === undefined).map(({ name }) => name);
  return {
    heading: 'How it was measured',
    paragraphs: [
      'Data: the recipes of datasets/kohn-sham-scf-1d, -scf-2d, -iterates-1d and -iterates-2d with other numbers of wells. Networks: bench/surrogate/cells.mjs. Every number of this page is in a JSON file beside it. The computation takes some hours on two cores and goes on where it was stopped.',
      'Times are the shortest of many, on two cores that other work shared, those of solvers and networks by the clock or the processor, whichever says less: ratios within a row are worth more than the times themselves.',
      ...(elsewhere.length > 0
        ? [
            `Measured, trained and solved on another machine, of ${cores} cores, which other work shared too: ${elsewhere.map(named).join(', ')}.`,
          ]
        : []),
      `Times are of the solver’s revisions ${revisions.join(', ')}${before.length > 0 ? `, but for ${before.join(', ')}, which are of one before` : ''}. Data that are not marked in their JSON file are of an earlier revision, whose densities differ by less than 1e-9.`,
      ...(dataCosts.length > 0
        ? [
            `Rows that are missing, and the time of one core that their data would take: ${dataCosts.map(({ name, samples, seconds }) => `${name}, ${samples} samples, ${Math.round(seconds / 60)} min`).join('; ')}.`,
          ]
        : []),
      ...(missing.length > 0 ? [`Not computed yet: ${missing.join(', ')}.`] : []),
    ],
  };
}

function markdown(title, subtitle, sections, pictures) {
  const parts = sections.flatMap(({ heading, paragraphs = [], tables = [] }, i) => [
    `## ${heading}`,
    ...(i === 0 ? pictures.flatMap(({ file, caption }) => [`![${caption}](${file})`, caption]) : []),
    ...paragraphs,
    ...tables.map(tableMarkdown),
  ]);
  return `${[`# ${title}`, subtitle, 'With all figures: [index.html](index.html).', ...parts].join('\n\n')}\n`;
}
