/** The page of `docs/results/electrons`, from its results alone. */
import { lineFigure, page, table, tableMarkdown } from '@dyadic/report';

const KINDS = { map: 'map V ↦ ρ', field: 'field V_ext ↦ ρ' };
const dimensionOf = ({ dimension }) => `${dimension}D`;
const bySize = (a, b) => a.kind.localeCompare(b.kind) || a.dimension - b.dimension || a.electrons - b.electrons;
const percent = (part) => `${Math.round(100 * part)} %`;

/**
 * @param results - Of the cells, of networks inside the field, of transfers and of many electrons
 * @returns files by name
 */
export async function surrogatePage({ cells, inside, transfers, many }) {
  const sections = [
    headline([...cells].sort(bySize)),
    await figures(cells),
    ...(inside.length > 0 ? [await insideSection(inside)] : []),
    ...(transfers.length > 0 ? [transferSection(transfers)] : []),
    ...(many ? [manySection(many)] : []),
    method(),
  ];
  const title = 'Where a surrogate pays: the Kohn-Sham map and its self-consistent field';
  const subtitle =
    'Multiscale networks beside the best solver, from 2 to 64 electrons. Made by npm run bench:surrogate.';
  return { 'index.html': page({ title, subtitle, sections }), 'README.md': markdown(title, subtitle, sections) };
}

/** The claim about the field of 32 electrons, as the numbers have it. */
function claim(cells) {
  const cell = cells.find(({ name }) => name === 'field-1d-32');
  if (!cell) return [];
  const { error, seconds } = cell;
  const [single, batch] = [seconds.solver / seconds.single, seconds.solver / seconds.batch].map(Math.round);
  const reached = error.mean <= 1e-3 && single >= 300;
  return [
    `The field of 32 electrons in 1D: the network is ${single} times faster than the solver for one sample, ${batch} times in a batch, at a mean error of ρ of ${error.mean.toExponential(1)}. The aim, 300 times at 1e-3, is ${reached ? '' : 'not '}reached.`,
  ];
}

function headline(cells) {
  return {
    heading: 'The headline',
    paragraphs: [
      ...claim(cells),
      'Electrons in a crystal of Gaussian wells out of order, one electron a well, without spin. The solver runs on one core to its own tolerance, and once more to the loosest tolerance at which its ρ is as good as the network’s. The network runs on one core, from potential to density in their own units.',
    ],
    tables: [speeds(cells), costs(cells)],
  };
}

function speeds(cells) {
  return table({
    caption: 'Times of one evaluation on one core',
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
      'Solver: the mean over test samples of the shortest time of a solve, from nothing. Every time is the shortest of many.',
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
      const { solver, single, training, dataPerSample } = seconds;
      const data = dataPerSample * samples;
      const pays = Math.ceil((data + training) / (solver - single));
      return [
        KINDS[kind],
        dimensionOf(cell),
        electrons,
        samples,
        data,
        parameters,
        epochs,
        training,
        pays > 0 ? pays : null,
        pays > 0 ? pays / samples : null,
      ];
    }),
    notes: [
      'Data: on one core; a sample of the map costs the iterations of the field that lead to its potential. Training: on two cores that other work shared.',
      'Pays after: the evaluations, one at a time, whose saved time is that of data and training.',
    ],
  });
}

async function figures(cells) {
  const oneD = cells.filter(({ dimension }) => dimension === 1).sort(bySize);
  const lines = (kind, key, name, rest) => {
    const own = oneD.filter((cell) => cell.kind === kind);
    return { name, x: own.map(({ electrons }) => electrons), y: own.map(({ seconds }) => seconds[key]), ...rest };
  };
  const series = [
    lines('field', 'solver', 'field, solver', { color: '#d55e00' }),
    lines('field', 'single', 'field, network', { color: '#d55e00', stroke: 'dashed' }),
    lines('map', 'solver', 'map, solver', { color: '#0072b2' }),
    lines('map', 'single', 'map, network', { color: '#0072b2', stroke: 'dashed' }),
  ].filter(({ x }) => x.length > 0);
  const svg = await lineFigure({
    series,
    x: { title: 'electrons', scale: 'log' },
    y: { title: 'seconds, one sample on one core', scale: 'log' },
  });
  return { heading: 'Times in 1D', figures: [{ svg, caption: 'Solver and network in 1D, at 16 points a well.' }] };
}

async function insideSection(inside) {
  const rows = [...inside].sort(
    (a, b) =>
      a.dimension - b.dimension || a.electrons - b.electrons || a.inputs.localeCompare(b.inputs) || b.error - a.error,
  );
  const family = rows.filter(
    ({ dimension, electrons, inputs }) => dimension === 1 && electrons === 8 && inputs === 'iterates',
  );
  const text = (row) =>
    `error ${row.error.toExponential(1)}: ${percent(row.converged)} of the fields converge, ${row.distance.toExponential(1)} from the true one`;
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
      ...(family.length > 0 ? [`Eight electrons in 1D. ${family.map(text).join('. ')}.`] : []),
    ],
    tables: [
      table({
        caption: 'Fields with a network for the map, and true fields from their density',
        columns: [
          { title: '' },
          { title: 'n_e', format: 'integer' },
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
          'Means over the fields. Converged: the residual is below 1e-6 within 60 iterations; the true field is asked for 1e-8. Distance: ‖ρ − ρ_true‖ / ‖ρ_true‖.',
          'From its ρ: iterations of the true field started from the density of the network’s. Time saved: of the true field’s, the network’s own counted.',
        ],
      }),
    ],
    figures: figure ? [figure] : [],
  };
}

function transferSection(transfers) {
  const rows = transfers.flatMap(({ kind, dimension, from, to, direct, rows: tuned }) => [
    ...tuned.map(({ samples, epochs, error, seconds }) => [
      KINDS[kind],
      `${dimension}D`,
      from,
      to,
      samples === 0
        ? 'as it is, the new coarsest level absent'
        : `trained on ${samples} samples of it, ${epochs} epochs`,
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
      'A network of a small box, applied to one of twice the cells along each axis: all levels move up by one, with their weights, as boxes of equal size have equal weights. The coarsest level of the larger box is new.',
    ],
    tables: [
      table({
        caption: 'Test error on the larger box',
        columns: [
          { title: 'problem' },
          { title: '' },
          { title: 'from n_e', format: 'integer' },
          { title: 'to n_e', format: 'integer' },
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

function method() {
  return {
    heading: 'How it was measured',
    paragraphs: [
      'Data: the recipes of datasets/kohn-sham-scf-1d, -scf-2d, -iterates-1d and -iterates-2d with other numbers of wells. Networks: bench/surrogate/cells.mjs. Every number of this page is in a JSON file beside it. The computation takes some hours on two cores and goes on where it was stopped.',
    ],
  };
}

function markdown(title, subtitle, sections) {
  const parts = sections.flatMap(({ heading, paragraphs = [], tables = [] }) => [
    `## ${heading}`,
    ...paragraphs,
    ...tables.map(tableMarkdown),
  ]);
  return `${[`# ${title}`, subtitle, 'With figures: [index.html](index.html).', ...parts].join('\n\n')}\n`;
}
