/** The prose at the end of the page: how its numbers were made. */

import type { Json } from '@dyadic/dataset';
import { type Table, table } from '@dyadic/report';
import { defaultPreset } from '../cell.js';
import { type Declarations, scalesOf } from '../declarations.js';
import type { CellResult } from '../result.js';
import { REPORT_COMMAND } from './commands.js';
import { type Found, grouped } from './found.js';
import { missingTable } from './missing.js';
import type { Part } from './part.js';

/** What the presets of the potentials are; how they differ in numbers is read from the recipes. */
const PRESETS: Readonly<Record<string, string>> = {
  paper: 'the potentials that the paper’s text prints',
  'reference-code': 'the potentials that the authors’ public program draws',
  localized: 'wells so deep that each holds an electron: our own, harder variant',
  crystal: 'such wells on a lattice, each off its place at random: a gap at any number of electrons',
};

export function notes(declarations: Declarations, results: readonly CellResult[], found: readonly Found[]): Part[] {
  const { problems } = declarations;
  const machines = new Set(
    results.map(({ machine: { cores, node, engine } }) => `${cores} cores, Node.js ${node}, ${engine}`),
  );
  const missing = missingTable(found);
  return [
    {
      heading: 'How to read the tables',
      paragraphs: [
        'Errors are means over samples of the relative error ε = ‖u − u_NN‖₂ / ‖u‖₂, eq (4.1) of the paper. The validation split chooses the epoch and, among several seeds, the network. Test samples select nothing; compare them with the paper’s validation or test error. Ratio: test error over the paper’s. Median: over the seeds.',
        'A ratio compares two errors on potentials that may differ: see the baseline and the presets.',
        'Where train and test errors agree, more samples would help little; a larger network or more training may. Where the training error is lower, more samples may help.',
        'Training times are wall-clock times on a machine that ran other work beside. One network may fill several entries.',
      ],
    },
    {
      heading: 'Networks and recipes',
      paragraphs: [
        'The networks have the layers and parameter counts of the paper’s. A recipe says how they are trained, which activation they use and which constraints their output satisfies. The tables of the paper use the recipe ours:',
        ...Object.entries(problems).flatMap(([problem, { recipes }]) =>
          recipes.ours ? [`${problem}: ${recipes.ours.description}.`] : [],
        ),
        ...Object.entries(problems).flatMap(([problem, { recipes, preferred }]) =>
          preferred.map(({ recipe, preset, wells }) => {
            const where = `${problem}, preset ${preset}${wells ? `, n_g = ${wells.join(', ')}` : ''}`;
            return `${where}: ${recipe} in its place, ${recipes[recipe]!.description}. Entries that are not computed again have ours.`;
          }),
        ),
      ],
    },
    potentialsPart(declarations, found),
    { heading: 'Scales', tables: [scaleTable(problems)] },
    {
      heading: 'Reproducing this page',
      paragraphs: [
        `Finished networks: ${results.length}. A network of one size, trained on one data set from one seed, is a cell: a file in docs/results/cells with its errors, seed, times and hashes. Its name ends with the seed and a hash of everything that its numbers depend on, the engine and the revision of the solver included. A result of an earlier revision stays while samples agree but for rounding: see the revisions of the solvers.`,
        `Machines: ${[...machines].join('; ') || 'none yet'}. The wasm engine is the default. It gives the same bits on every machine and for any number of threads, so a cell of the present revision that is recomputed has the same errors to the last bit.`,
        `${REPORT_COMMAND} writes this page and computes nothing. The commands below compute what is missing; if stopped, they resume.`,
      ],
      tables: missing ? [missing] : [],
    },
  ];
}

/** Training samples and work of each scale. */
function scaleTable(problems: Declarations['problems']): Table {
  const scales = scalesOf(problems);
  const rows = Object.entries(problems).flatMap(([problem, file]) =>
    scales.flatMap((name) => {
      const scale = file.scales[name];
      if (!scale) return [];
      const { share, most } = scale.train;
      const train = share === 1 ? 'as the paper' : `${Math.round(100 * share)} % of the paper’s`;
      const limit = most === undefined ? train : `at most ${most.toLocaleString('en-US')}`;
      return [[problem, name, limit, scale.validation, scale.test, scale.sampleEvaluations]];
    }),
  );
  return table({
    columns: [
      { title: 'problem' },
      { title: 'scale' },
      { title: 'training samples', align: 'right' },
      { title: 'validation', format: 'integer' },
      { title: 'test', format: 'integer' },
      { title: 'sample evaluations', format: 'integer' },
    ],
    rows,
    notes: [
      'Sample evaluations: passes of one training sample through the network with its gradient; epochs follow from them.',
    ],
  });
}

/** What the presets are, and in which entries of the recipe each differs from the problem's default. */
function potentialsPart({ problems }: Declarations, found: readonly Found[]): Part {
  const cells = found.flatMap(({ entries }) => entries.flatMap(({ seeds }) => seeds.map(({ cell }) => cell)));
  const kinds = grouped(cells, ({ spec: { problem, preset } }) => `${problem} ${preset}`);
  const rows = Object.entries(problems).flatMap(([problem, file]) => {
    const plain = kinds.get(`${problem} ${defaultPreset(file)}`);
    return file.presets.flatMap((preset) => {
      const own = kinds.get(`${problem} ${preset}`);
      const pair = own?.flatMap((cell) => {
        const other = plain?.find(({ spec }) => spec.wells === cell.spec.wells);
        return other ? [[cell.dataset.recipe.problem, other.dataset.recipe.problem] as const] : [];
      })[0];
      if (!pair || preset === defaultPreset(file)) return [];
      return [[problem, preset, differences(...pair).join('; ') || 'nothing']];
    });
  });
  const presets = [...new Set(Object.values(problems).flatMap((file) => file.presets))];
  return {
    heading: 'Presets of the potentials',
    paragraphs: presets.flatMap((preset) => (Object.hasOwn(PRESETS, preset) ? [`${preset}: ${PRESETS[preset]}.`] : [])),
    tables:
      rows.length > 0
        ? [
            table({
              columns: [{ title: 'problem' }, { title: 'preset' }, { title: 'differs from the first preset in' }],
              rows,
            }),
          ]
        : [],
  };
}

/** Entries of the potentials that differ: `strength 10 to 40 in place of 1 to 4`. */
function differences(problem: Record<string, Json>, other: Record<string, Json>): string[] {
  const entries = (of: Record<string, Json>) => of.potential as Record<string, Json>;
  const [mine, theirs] = [entries(problem), entries(other)];
  const shown = (value: Json | undefined) =>
    Array.isArray(value) ? value.join(' to ') : value === null || value === undefined ? 'none' : String(value);
  return Object.keys(mine)
    .filter((name) => name !== 'preset' && JSON.stringify(mine[name]) !== JSON.stringify(theirs[name]))
    .map((name) => `${name} ${shown(mine[name])} instead of ${shown(theirs[name])}`);
}
