import { describe, expect, it } from 'vitest';
import { speedTable } from '../src/report/networks.js';
import type { CellResult } from '../src/result.js';
import { cellResult } from './cell-result.js';

/** A cell of the network that tables share, with its times for solver, batch and one sample, in microseconds. */
function timed(
  cell: Partial<CellResult['cell']>,
  engine: string,
  [solver, networkBatch, networkSingle]: readonly [number | null, number, number],
): CellResult {
  const times = { training: 1, solver, networkBatch, networkSingle };
  return cellResult(
    { problem: 'nlse-1d', kernelLayers: 5, ...cell },
    { times, parameters: 8535, machine: { cores: 2, node: '', engine } },
  );
}

/** As the declarations of the repository have it. */
const isTypical = ({ problem, channels, kernelLayers }: CellResult['cell']) =>
  channels === 6 && kernelLayers === (problem === 'nlse-1d' ? 5 : 6);

describe('the times of solver and network', () => {
  const [one, two] = ['wasm (SIMD, 1 thread)', 'wasm (SIMD, 2 threads)'];

  it('are the least of what was measured of equal networks, and of equal problems, and name their threads', () => {
    const rows = speedTable(
      [
        timed({}, one, [70, 40, 160]),
        timed({ seed: 2 }, two, [980, 22, 150]),
        timed({ seed: 3 }, two, [90, 30, 140]),
        timed({ wells: 4 }, one, [99, 41, 120]),
        timed({ channels: 2 }, one, [60, 5, 5]),
        timed({ problem: 'kohn-sham-1d', kernelLayers: 6 }, one, [null, 50, 200]),
      ],
      isTypical,
    ).rows;
    expect(rows).toEqual([
      ['nlse-1d', 'paper', 2, 60, 140, 22, two, 60 / 22],
      ['nlse-1d', 'paper', 4, 99, 140, 22, two, 99 / 22],
      ['kohn-sham-1d', 'paper', 2, null, 200, 50, one, null],
    ]);
  });

  it('are not mixed between engines', () => {
    const gpu = 'tensorflow (node-gpu)';
    const rows = speedTable(
      [timed({}, one, [70, 40, 160]), timed({ engine: 'tensorflow' }, gpu, [80, 9, 500])],
      isTypical,
    ).rows;
    expect(rows.map((row) => row.slice(3, 7))).toEqual([
      [70, 160, 40, one],
      [70, 500, 9, gpu],
    ]);
  });
});
