/** Sizes and speeds of the networks. */
import { type Table, table } from '@dyadic/report';
import type { Declarations } from '../declarations.js';
import type { CellResult } from '../result.js';
import { type Found, grouped } from './found.js';

/** Whether a cell has the network that most tables of its problem share, trained with the recipe `ours`. */
export type IsTypical = (cell: CellResult['cell']) => boolean;

/** Reads which network that is from the declarations; problems that declare none have no typical cells. */
export function typicalOf(problems: Declarations['problems']): IsTypical {
  return ({ problem, channels, kernelLayers, recipe }) => {
    const typical = problems[problem]?.typicalNetwork;
    return recipe === 'ours' && channels === typical?.channels && kernelLayers === typical.kernelLayers;
  };
}

/** Parameter counts that the paper prints, beside those of its formula with biases. */
export function parameterTable(found: readonly Found[]): Table {
  const all = found.flatMap(({ file, entries }) =>
    entries.map((entry, i) => ({ cell: entry.seeds[0]!.cell, printed: file.rows[i]!.paper.parameters })),
  );
  const printed = all.flatMap(({ cell: { spec, experiment }, printed }) =>
    printed === undefined
      ? []
      : [[spec.problem, spec.channels, spec.kernelLayers, printed, experiment.network.parameterCount] as const],
  );
  const rows = [...new Map(printed.map((row) => [row.join(), row])).values()];
  const equal = rows.filter(([, , , paper, formula]) => paper === formula).length;
  return table({
    columns: [
      { title: 'problem' },
      { title: 'r', format: 'integer' },
      { title: 'K', format: 'integer' },
      { title: 'paper', format: 'integer' },
      { title: 'formula', format: 'integer' },
      { title: '' },
    ],
    rows: rows.map((row) => [...row, row[3] === row[4] ? 'equal' : 'differs']),
    notes: [`The formula of the paper gives ${equal} of the ${rows.length} counts that it prints.`],
  });
}

/**
 * Time of a sample by solver and network, of the typical networks. A measurement is seldom too short and often too long,
 * since other work runs beside it: the minimum over equal networks is taken, whatever they were trained on, and over
 * equal problems. Engines, and numbers of threads, are not mixed.
 */
export function speedTable(results: readonly CellResult[], isTypical: IsTypical): Table {
  const typical = results.filter(({ cell }) => isTypical(cell));
  const dataOf = ({ cell: { problem, preset, wells } }: CellResult) => [problem, preset, wells].join();
  const kinds = grouped(typical, (result) => `${dataOf(result)} ${result.cell.engine}`);
  const rows = [...kinds.values()].map((kind) => {
    const result = kind[0]!;
    const { problem, preset, wells, engine } = result.cell;
    const equal = typical.filter(({ cell }) => cell.problem === problem && cell.engine === engine);
    const fastest = equal.reduce((a, b) => (b.times.networkBatch < a.times.networkBatch ? b : a));
    const alike = equal.filter(({ machine }) => machine.engine === fastest.machine.engine);
    const networkSingle = Math.min(...alike.map(({ times }) => times.networkSingle));
    const { networkBatch } = fastest.times;
    const solver = least(results.filter((other) => dataOf(other) === dataOf(result)).map(({ times }) => times.solver));
    const ratio = solver === null ? null : solver / networkBatch;
    return [problem, preset, wells, solver, networkSingle, networkBatch, fastest.machine.engine, ratio];
  });
  return table({
    columns: [
      { title: 'problem' },
      { title: 'preset' },
      { title: 'n_g', format: 'integer' },
      { title: 'solver', format: 'seconds' },
      { title: 'network', format: 'seconds' },
      { title: 'in a batch', format: 'seconds' },
      { title: 'engine' },
      { title: 'solver / batch', format: 'ratio' },
    ],
    rows,
    notes: [
      'Seconds per sample: the solver that made the data, on one thread; the network for one sample, and per sample in a batch of 100. Each is the minimum of several timings; thread counts as listed.',
    ],
  });
}

function least(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}
