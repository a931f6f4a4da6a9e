import { formatCell, type Section } from '@dyadic/report';
import { type Declarations, scalesOf } from '../declarations.js';
import type { CellResult } from '../result.js';
import { doneOf, type Found, groupName, isNumber } from './report-found.js';
import { summarize } from './summary.js';

export function introduction(
  results: readonly CellResult[],
  found: readonly Found[],
  problems: Declarations['problems'],
): Pick<Section, 'heading' | 'paragraphs'> {
  const machines = [
    ...new Set(results.map(({ machine: { cores, node, engine } }) => `${cores} cores, Node.js ${node}, ${engine}`)),
  ];
  const scales = scalesOf(problems);
  return {
    heading: 'How to read this',
    paragraphs: [
      ...scores(found),
      `${results.length} cells are done. A cell is one network trained on one data set from one seed; it is a file in docs/results/cells with its errors, seed, times and hashes. The seed of a cell is the end of its name.`,
      'The networks have the layers and parameters of the paper’s. In ours the activation in 1D is smooth, softplus or tanh, where the paper has ReLU, and the output satisfies the constraints of the problem; how each part of a recipe counts is under Training recipes, with ReLU among them.',
      ...Object.entries(problems).map(
        ([problem, { recipes }]) => `${problem}, recipe ours: ${recipes.ours?.description}.`,
      ),
      'Entries of several tables may be of one network. What a small error is worth depends on the map: what a constant would give stands below.',
      'Errors are means of the relative error (4.1). The validation split chooses the epoch and, among several seeds, the best; the column test is of samples that chose nothing and stands beside what the paper calls validation or test. Ratio: test over paper. Columns: samples are those trained on; training is wall time on a machine that computed another cell at the same time. Where train and test are about equal, more samples would not help, but a larger network or more training may; where train is lower, samples would.',
      `Machine: ${machines.join('; ') || 'none yet'}. The wasm engine, which cells are computed on by default, gives the same bits on every machine and for any number of threads, so a cell that is computed again from the same data gives the same errors to the last bit. A cell’s name ends with a hash of all that it depends on, the engine and the revision of the solver included: what is done with an older one is computed anew.`,
      'Presets. paper: the potentials as the text prints them. reference-code: as the authors’ public program draws them for the NLSE, wells ten times as strong in 1D, at least 0.05 apart, second-order differences; the solution then sits in one well or another, which is another and harder map; the paper does not say of which of the two its numbers are, and they are printed beside both. localized: Kohn-Sham wells a hundred times as deep, one electron in each.',
      `Commands: dyadic reproduce --table N --scale ${scales.join('|')} computes what is missing and prints the table; dyadic report writes this page. quick: a fifth of the samples (2D: 300) and few epochs; laptop: the paper’s networks and data in 1D, 4,000 samples in 2D; patient: as laptop, with several times the visits (not NLSE 2D); paper: everything as printed.`,
    ],
  };
}

/** How many entries of the paper's tables are done, and how they stand to its errors, by scale and preset. */
function scores(found: readonly Found[]): string[] {
  const groups = new Map<string, Found[]>();
  for (const one of found) {
    if (!isNumber(one.name)) continue;
    const key = `${one.file.problem}, ${groupName(one.group)}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].flatMap(([key, tables]) => {
    const done = tables.flatMap((one) => doneOf(one).map((i) => ({ entry: one.entries[i]!, row: one.file.rows[i]! })));
    const ratios = done.flatMap(({ entry, row }) => summarize(entry, row.paper.test).ratio ?? []);
    if (ratios.length === 0) return [];
    const networks = new Set(done.map(({ entry }) => entry.seeds[0]!.cell.key)).size;
    const all = tables.reduce((sum, { entries }) => sum + entries.length, 0);
    const below = (limit: number) => ratios.filter((ratio) => ratio <= limit).length;
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => formatCell(ratio, 'ratio'));
    return `${key}: ${done.length} of ${all} entries of the paper’s tables are done, by ${networks} ${networks === 1 ? 'network' : 'networks'}. Of these entries ${below(1)} at or below its error, ${below(0.5)} at or below half of it, ${below(0.1)} at or below a tenth; ratios from ${least} to ${most}.`;
  });
}
