import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArgumentError, DataError } from '@dyadic/errors';
import { tableText } from '@dyadic/report';
import { describe, expect, it } from 'vitest';
import type { Request } from '../src/index.js';
import { declarations, errors, FIGURE, kohnSham, listed, PROBLEM, report, run, TABLE } from './declarations.js';

describe('reproduce', () => {
  it('computes the cells of a table from several seeds, keeps them, and does not compute them again', async () => {
    const declared = await declarations();
    const first = await run(declared, { tables: ['1'], seeds: 2 });
    expect(first.computed).toHaveLength(4);
    expect(first.cells.filter((cell) => cell.startsWith('done'))).toHaveLength(4);
    const again = await run(declared, { tables: ['1'], seeds: 2 });
    expect(again.events).toEqual([]);
    const text = ({ parts }: typeof first) => parts.flatMap((part) => ('table' in part ? [tableText(part.table)] : []));
    expect(text(again)).toEqual(text(first));
    expect(text(first)[0]).toMatch(/^Table 1: error against channels/);
    expect(text(first)[0]).toContain('r = 1: the paper prints 5 parameters; its formula gives');
  });

  it('ends with the same numbers for any number of threads', async () => {
    const [one, two] = [await declarations(), await declarations()];
    await run(one, { tables: ['1'] }, { threads: 1 });
    await run(two, { tables: ['1'] }, { threads: 3 });
    expect(await errors(one)).toHaveLength(2);
    expect(await errors(two)).toEqual(await errors(one));
  });

  it('computes only the cells that are asked for, and shows the others where they are done', async () => {
    const declared = await declarations();
    await run(declared, { tables: ['1'], only: ['channels=2'] });
    expect(await errors(declared)).toHaveLength(1);
    const { computed, cells } = await run(declared, { tables: ['1'], only: ['channels=1', 'wells=2,3'] });
    expect(computed).toHaveLength(1);
    expect(cells.filter((cell) => cell.startsWith('done'))).toHaveLength(2);
  });

  it('lists cells and computes nothing for it', async () => {
    const declared = await declarations();
    await run(declared, { figures: ['8'] });
    const list = await run(declared, { all: true, list: true });
    expect(list.events).toEqual([]);
    expect(list.cells.map((cell) => cell.split(' ')[0]).sort()).toEqual(['done', 'missing']);
    const rows = (await run(declared, { tables: ['1'], list: true })).rows('1');
    expect(rows.map(({ channels, seeds }) => [channels, seeds.length])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  it('tells cells apart by all that their numbers follow from: columns, their type, the engine', async () => {
    const names = [
      await listed(await declarations()),
      await listed(await declarations({ problem: { input: 'solution' } })),
      await listed(await declarations({ problem: { output: 'potential' } })),
      await listed(await declarations({ data: { precision: 'float64' } })),
      await listed(await declarations(), {}, 'tensorflow'),
      await listed(await declarations(), {}, 'webgpu'),
    ];
    expect(new Set(names.flat()).size).toBe(6 * 2);
    // Cells are of the engine that `auto` takes, not of `auto`.
    expect(names).toContainEqual(await listed(await declarations(), {}, 'auto'));
    expect(await listed(await declarations(), {}, 'wasm')).toEqual(names[0]);
    const wrong = await declarations({ problem: { output: 'density' } });
    await expect(run(wrong, { tables: ['1'] })).rejects.toThrow(
      "tiny.json: names the column 'density'; the dataset has potential, solution",
    );
  });

  it('computes entries that come to one cell once, under whatever names', async () => {
    const [ours] = Object.values(PROBLEM.recipes);
    const declared = await declarations({
      problem: { recipes: { ours, same: { ...ours, description: 'the same' } } },
      table: { varies: ['recipe'], common: { ...TABLE.common, channels: 1 }, rows: [{ recipe: 'same' }, {}] },
    });
    await run(declared, { tables: ['1'], only: ['recipe=same'] });
    const { events, rows } = await run(declared, { tables: ['1'] });
    expect(events).toEqual([]);
    expect(rows('1').map(({ seeds }) => seeds.length)).toEqual([1, 1]);
    expect(await errors(declared)).toHaveLength(1);
    expect((await report(declared)).markdown).toMatch(/\| same .*\n\| ours /);
  });

  it('measures errors by gap of fewer test samples than it makes parts of them', async () => {
    const declared = await kohnSham(4);
    expect((await run(declared, { figures: ['8'] })).computed).toHaveLength(1);
    const [cell] = await readdir(join(declared.results, 'cells'));
    const { byGap, errors } = JSON.parse(await readFile(join(declared.results, 'cells', cell!), 'utf8'));
    expect(byGap).toHaveLength(4);
    const mean = byGap.reduce((sum: number, part: { mean: number }) => sum + part.mean, 0) / 4;
    expect(mean / errors.test.mean).toBeCloseTo(1, 3);
  });

  it('keeps samples so that figures show the error and not its rounding', async () => {
    const declared = await declarations();
    await run(declared, { figures: ['8'] });
    const [cell] = await readdir(join(declared.results, 'cells'));
    const { shown } = JSON.parse(await readFile(join(declared.results, 'cells', cell!), 'utf8'));
    for (const { solution, prediction } of shown) {
      // nine digits tell all float32 numbers apart
      const digits = (value: number) => value.toExponential().replace(/e.*|\D/g, '').length;
      for (const values of [solution, prediction]) expect(Math.max(...values.map(digits))).toBe(9);
    }
    expect((await report(declared)).markdown).not.toContain('kept to');
  });

  it('takes all that has the scale, and the preset', async () => {
    const other = { ...PROBLEM, presets: ['reference-code'], scales: { patient: PROBLEM.scales.quick } };
    const files = { 'problems/other.json': other, 'tables/2.json': { ...TABLE, problem: 'other' } };
    const declared = await declarations({ files });
    const patient = await listed(declared, { scale: 'patient' });
    expect(patient.map((line) => line.split('_').at(0))).toEqual(['missing other', 'missing other']);
    expect((await listed(declared, { scale: 'long' })).join()).not.toContain('other');
    await expect(listed(declared, { scale: 'huge' })).rejects.toThrow("'huge'; expected one of quick, long, patient");
    const wrong = listed(declared, { preset: 'localized' });
    await expect(wrong).rejects.toThrow("preset is 'localized'; expected one of paper, reference-code");
  });

  it('measures a network on other data', async () => {
    const rows = (await run(await declarations(), { shifts: ['tiny'] })).rows('tiny');
    expect(rows.map(({ name }) => name)).toEqual(['as trained', 'three wells']);
    expect(rows[1]!.mean).toBeGreaterThan(rows[0]!.mean);
  });

  it.each<[Partial<Request>, string]>([
    [{ tables: ['12'] }, "tables is '12'; expected one of 1"],
    [{ tables: ['1'], scale: 'huge' }, "scale is 'huge'; expected one of quick, long"],
    [{ tables: ['1'], preset: 'deep' }, "preset is 'deep'; expected one of paper, reference-code"],
    [{ tables: ['1'], only: ['channels=3'] }, "only is 'channels=3'; expected values that a cell of these tables has"],
    [{ tables: ['1'], only: ['depth=3'] }, "only is 'depth=3'; expected variable=value,… with one of train, wells"],
    [{ tables: ['1'], only: ['channels'] }, "only is 'channels'; expected variable=value"],
  ])('refuses %j', async (request, message) => {
    const refused = run(await declarations(), request);
    await expect(refused).rejects.toThrow(ArgumentError);
    await expect(refused).rejects.toThrow(message);
  });

  it('names the file and entry of a declaration that makes no sense, and a damaged result', async () => {
    const unknown = run(await declarations({ table: { problem: 'tinny' } }), { tables: ['1'] });
    await expect(unknown).rejects.toThrow(DataError);
    await expect(unknown).rejects.toThrow("1.json: names the problem 'tinny'; there are tiny");
    const wrong = await declarations({ problem: { network: { points: 65, levels: 3 } } });
    await expect(run(wrong, { tables: ['1'] })).rejects.toThrow('tiny.json: network.points is 65');
    const path = await declarations({ problem: { scales: { 'quick/er': PROBLEM.scales.quick } } });
    await expect(run(path, { tables: ['1'] })).rejects.toThrow(
      /tiny\.json: scales\.quick\/er is .*; expected a name of letters, digits/,
    );
    const damaged = await declarations();
    await run(damaged, { figures: ['8'] });
    const [cell] = await readdir(join(damaged.results, 'cells'));
    await writeFile(join(damaged.results, 'cells', cell!), '{"name": 3}');
    await expect(run(damaged, { figures: ['8'] })).rejects.toThrow(`${cell}: name is 3`);
  });
});

describe('a recipe', () => {
  const [ours] = Object.values(PROBLEM.recipes);

  it('may set the output of the network, and its cells are then others', async () => {
    const positive = {
      ...ours,
      normalization: { input: 'standard', output: 'rms-scale' },
      network: { output: 'wavefunction' },
    };
    const names = [];
    for (const declared of [await declarations(), await declarations({ problem: { recipes: { ours: positive } } })]) {
      names.push((await run(declared, { figures: ['8'] })).computed);
    }
    expect(names[0]).toHaveLength(1);
    expect(names[0]).not.toEqual(names[1]);
    const wrong = await declarations({ problem: { recipes: { ours: { ...ours, network: { output: 'spin' } } } } });
    await expect(run(wrong, { figures: ['8'] })).rejects.toThrow(
      /tiny\.json.*network\.output is 'spin'; expected one of 'linear'/,
    );
  });

  it('may be told by what differs from another, and its cells are those of the recipe written out', async () => {
    const { augment: _, ...unmoved } = { ...ours!.training, schedule: { learningRate: 5e-3 } };
    const whole = { ...ours, description: 'other', training: unmoved };
    const changes = { training: { augment: null, schedule: { learningRate: 5e-3 } } };
    const variant = { variantOf: 'ours', description: 'other', changes };
    const table = { varies: ['recipe'], common: { ...FIGURE.cells[0], ...TABLE.common, channels: 1 } };
    const cells = async (other: object) => {
      const rows = [{ recipe: 'ours' }, { recipe: 'other' }];
      const declared = await declarations({ problem: { recipes: { ours, other } }, table: { ...table, rows } });
      return (await run(declared, { tables: ['1'], list: true })).cells;
    };
    const names = await cells(variant);
    expect(names.filter((name) => name.includes('_other_'))).toHaveLength(1);
    expect(names).toEqual(await cells(whole));
    await expect(cells({ ...variant, variantOf: 'mine' })).rejects.toThrow(
      /tiny\.json: recipes\.other\.variantOf is 'mine'; expected a recipe that stands before it: ours/,
    );
    await expect(cells({ variantOf: 'ours', changes: 3 })).rejects.toThrow(/tiny\.json: recipes\.other\.description/);
    const wrong = cells({ ...variant, changes: { training: 3 } });
    await expect(wrong).rejects.toThrow(/tiny\.json: recipes\.other\.training is /);
  });
});

describe('the declarations of this repository', () => {
  it('have the paper’s parameter counts in every row but the one that its formula does not give', async () => {
    const root = fileURLToPath(new URL('../../../apps/reproduce', import.meta.url));
    const { parts } = await run({ root, results: join(root, 'nowhere') }, { all: true, list: true });
    const tables = parts.flatMap((part) => (part.type === 'table' ? [part] : []));
    const numbers = Array.from({ length: 11 }, (_, i) => String(i + 1));
    expect(tables.map(({ name }) => name)).toEqual([...numbers, 'kohn-sham-recipes', 'kohn-sham-samples', 'recipes']);
    const differing = tables.flatMap(({ name, rows }) =>
      (rows as { parameters: number; paper: { parameters?: number } }[]).flatMap(({ parameters, paper }) =>
        paper.parameters === undefined || paper.parameters === parameters ? [] : [[name, paper.parameters, parameters]],
      ),
    );
    expect(differing).toEqual([['8', 33013, 23885]]);
  });
});
