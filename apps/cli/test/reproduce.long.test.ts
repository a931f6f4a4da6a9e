import { existsSync, readdirSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { declarations, errors, events, FIGURE, kohnSham, listed, PROBLEM, report, TABLE } from './declarations.js';
import { dyadic, finished, held, isLocked, start } from './fixtures.js';

describe('dyadic reproduce', () => {
  it('computes the cells of a table from several seeds, keeps them, and does not compute them again', async () => {
    const declared = await declarations();
    const { code, stdout, stderr } = await dyadic(...declared.reproduce('--table', '1', '--seeds', '2'));
    expect(stderr).toContain('cell 4 of 4');
    expect(code).toBe(0);
    expect(stdout).toContain('Table 1: error against channels');
    expect(stdout).toContain('the paper prints 5 parameters');
    expect(stdout).toContain('4 of 4 cells are done');
    const again = await dyadic(...declared.reproduce('--table', '1', '--seeds', '2'));
    expect(again.stdout).toBe(stdout);
    expect(again.stderr).toBe('');
  });

  it('ends with the same numbers for any number of threads', async () => {
    const [one, two] = [await declarations(), await declarations()];
    await dyadic(...one.reproduce('--table', '1', '--threads', '1'));
    await dyadic(...two.reproduce('--table', '1', '--threads', '3'));
    expect(await errors(one)).toHaveLength(2);
    expect(await errors(two)).toEqual(await errors(one));
  });

  it('goes on after it was killed, and ends with the same numbers', async () => {
    const [whole, killed] = [await declarations(), await declarations()];
    await dyadic(...whole.reproduce('--table', '1', '--scale', 'long'));
    const child = start(...killed.reproduce('--table', '1', '--scale', 'long'));
    const run = finished(child);
    child.stderr!.on('data', (chunk) => {
      if (String(chunk).includes('cell 2 of 2')) setTimeout(() => child.kill('SIGKILL'), 300);
    });
    expect((await run).code).toBeNull();
    expect(await errors(killed)).toHaveLength(1);
    const { stderr } = await dyadic(...killed.reproduce('--table', '1', '--scale', 'long'));
    expect(stderr).toContain('cell 1 of 1');
    expect(await errors(killed)).toEqual(await errors(whole));
  });

  it('two at once on different cells: one waits for the other to generate the data that both need', async () => {
    // So many samples that the first is caught while it generates them.
    const quick = { ...PROBLEM.scales.quick, test: 3000 };
    const { root, reproduce } = await declarations({ problem: { scales: { ...PROBLEM.scales, quick } } });
    const cell = (channels: number) => reproduce('--table', '1', '--only', `channels=${channels}`);
    const data = join(root, 'data/data');
    const generating = () => existsSync(data) && readdirSync(data).some((name) => isLocked(join(data, name)));
    const first = await held(generating, ...cell(1));
    const second = start(...cell(2));
    const end = finished(second);
    let said = '';
    second.stderr!.on('data', (chunk) => (said += chunk));
    while (!/^waiting: .* is being written to by process \d+/m.test(said) && second.exitCode === null) await sleep(5);
    for (const run of [await first(), await end]) expect(run).toMatchObject({ code: 0 });
    expect(said.match(/waiting/g)).toHaveLength(1);
  });

  it('computes the cells of --only, and shows the others where they are done', async () => {
    const declared = await declarations();
    await dyadic(...declared.reproduce('--table', '1', '--only', 'channels=2'));
    expect(await errors(declared)).toHaveLength(1);
    const { stdout, stderr } = await dyadic(...declared.reproduce('--table', '1', '--only', 'channels=1', 'wells=2,3'));
    expect(stderr).toContain('cell 1 of 1');
    expect(stdout).toContain('2 of 2 cells are done');
  });

  it('lists cells, as JSON too, and computes nothing for it', async () => {
    const declared = await declarations();
    await dyadic(...declared.reproduce('--figure', '8'));
    const list = await dyadic(...declared.reproduce('--all', '--list'));
    expect(list.stderr.match(/^done/gm)).toHaveLength(1);
    expect(list.stderr.match(/^missing/gm)).toHaveLength(1);
    const { stdout } = await dyadic(...declared.reproduce('--table', '1', '--list', '--json'));
    const rows = events(stdout).find(({ table }) => table === '1').rows;
    expect(rows.map(({ channels, seeds }: { channels: number; seeds: object[] }) => [channels, seeds.length])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  it('tells cells apart by all that their numbers follow from: columns, their type, the engine', async () => {
    const names = await Promise.all([
      declarations().then((declared) => listed(declared)),
      declarations({ problem: { input: 'solution' } }).then((declared) => listed(declared)),
      declarations({ problem: { output: 'potential' } }).then((declared) => listed(declared)),
      declarations({ data: { precision: 'float64' } }).then((declared) => listed(declared)),
      declarations().then((declared) => listed(declared, '--engine', 'tensorflow')),
    ]);
    expect(new Set(names.flat()).size).toBe(5 * 2);
    expect(await listed(await declarations(), '--engine', 'wasm')).toEqual(names[0]);
    const wrong = await declarations({ problem: { output: 'density' } });
    expect((await dyadic(...wrong.reproduce('--table', '1'))).stderr).toContain(
      "tiny.json: names the column 'density'; the dataset has potential, solution",
    );
  });

  it('computes entries that come to one cell once, under whatever names', async () => {
    const [ours] = Object.values(PROBLEM.recipes);
    const declared = await declarations({
      problem: { recipes: { ours, same: { ...ours, description: 'the same' } } },
      table: { varies: ['recipe'], common: { ...TABLE.common, channels: 1 }, rows: [{ recipe: 'same' }, {}] },
    });
    await dyadic(...declared.reproduce('--table', '1', '--only', 'recipe=same'));
    const { stdout, stderr } = await dyadic(...declared.reproduce('--table', '1', '--json'));
    expect(stderr).toBe('');
    const rows = events(stdout).find(({ table }) => table === '1').rows;
    expect(rows.map(({ seeds }: { seeds: object[] }) => seeds.length)).toEqual([1, 1]);
    expect(await errors(declared)).toHaveLength(1);
    expect((await report(declared)).markdown).toMatch(/\| same .*\n\| ours /);
  });

  it('measures errors by gap of fewer test samples than it makes parts of them', async () => {
    const declared = await kohnSham(4);
    expect((await dyadic(...declared.reproduce('--figure', '8'))).stderr).toContain('test error');
    const [cell] = await readdir(join(declared.results, 'cells'));
    const { byGap, errors } = JSON.parse(await readFile(join(declared.results, 'cells', cell!), 'utf8'));
    expect(byGap).toHaveLength(4);
    const mean = byGap.reduce((sum: number, part: { mean: number }) => sum + part.mean, 0) / 4;
    expect(mean / errors.test.mean).toBeCloseTo(1, 3);
  });

  it('takes by --all what has the scale, and the preset', async () => {
    const other = {
      ...PROBLEM,
      presets: ['reference-code'],
      scales: { patient: PROBLEM.scales.quick },
    };
    const files = { 'problems/other.json': other, 'tables/2.json': { ...TABLE, problem: 'other' } };
    const declared = await declarations({ files });
    expect((await listed(declared, '--scale', 'patient')).map((line) => line.split('_').at(0))).toEqual([
      'missing other',
      'missing other',
    ]);
    expect((await listed(declared, '--scale', 'long')).join()).not.toContain('other');
    expect(await listed(declared, '--scale', 'huge')).toEqual([
      "error: --scale is 'huge'; expected one of quick, long, patient",
    ]);
    expect((await listed(declared, '--preset', 'localized')).join()).toContain(
      "--preset is 'localized'; expected one of paper, reference-code",
    );
  });

  it('measures a network on other data', async () => {
    const declared = await declarations();
    const { stdout } = await dyadic(...declared.reproduce('--shift', 'tiny', '--json'));
    const { rows } = events(stdout).find(({ shift }) => shift === 'tiny');
    expect(rows.map(({ name }: { name: string }) => name)).toEqual(['as trained', 'three wells']);
    expect(rows[1].mean).toBeGreaterThan(rows[0].mean);
  });

  it.each([
    [['--table', '12'], "--table is '12'; expected one of 1"],
    [['--table', '1', '--scale', 'huge'], "--scale is 'huge'; expected one of quick, long"],
    [['--table', '1', '--preset', 'deep'], "--preset is 'deep'; expected one of paper, reference-code"],
    [['--table', '1', '--seeds', '0'], '--seeds is 0'],
    [['--table', '1', '--engine', 'auto'], "--engine is 'auto'; expected one of 'wasm', 'tensorflow'"],
    [
      ['--table', '1', '--only', 'channels=3'],
      "--only is 'channels=3'; expected values that a cell of these tables has",
    ],
    [['--table', '1', '--only', 'depth=3'], "--only is 'depth=3'; expected variable=value,… with one of train, wells"],
    [['--table', '1', '--only', 'channels'], "--only is 'channels'; expected variable=value"],
    [[], 'nothing to reproduce: name tables (1) with --table, or give --figure, --shift, --constants or --all'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await dyadic(...(await declarations()).reproduce(...args));
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('names the file and entry of a declaration that makes no sense, and a damaged result', async () => {
    const unknown = await declarations({ table: { problem: 'tinny' } });
    const { stderr } = await dyadic(...unknown.reproduce('--table', '1'));
    expect(stderr).toContain("1.json: names the problem 'tinny'; there are tiny");
    const wrong = await declarations({ problem: { network: { points: 65, levels: 3 } } });
    expect((await dyadic(...wrong.reproduce('--table', '1'))).stderr).toContain('tiny.json: network.points is 65');
    const path = await declarations({ problem: { scales: { 'quick/er': PROBLEM.scales.quick } } });
    expect((await dyadic(...path.reproduce('--table', '1'))).stderr).toMatch(
      /tiny\.json: scales\.quick\/er is .*; expected a name of letters, digits/,
    );
    const damaged = await declarations();
    await dyadic(...damaged.reproduce('--figure', '8'));
    const [cell] = await readdir(join(damaged.results, 'cells'));
    await writeFile(join(damaged.results, 'cells', cell!), '{"name": 3}');
    expect((await dyadic(...damaged.reproduce('--figure', '8'))).stderr).toContain(`${cell}: name is 3`);
  });
});

describe('a recipe', () => {
  it('may set the output of the network, and its cells are then others', async () => {
    const [ours] = Object.values(PROBLEM.recipes);
    const positive = {
      ...ours,
      normalization: { input: 'standard', output: 'rms-scale' },
      network: { output: 'wavefunction' },
    };
    const [plain, changed] = await Promise.all([
      declarations(),
      declarations({ problem: { recipes: { ours: positive } } }),
    ]);
    const names = await Promise.all(
      [plain, changed].map(async (declared) => {
        expect((await dyadic(...declared.reproduce('--figure', '8'))).code).toBe(0);
        return (await errors(declared)).map(({ name }) => name);
      }),
    );
    expect(names[0]).not.toEqual(names[1]);
    const wrong = await declarations({ problem: { recipes: { ours: { ...ours, network: { output: 'spin' } } } } });
    const { stderr, code } = await dyadic(...wrong.reproduce('--figure', '8'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/tiny\.json.*network\.output is 'spin'; expected one of 'linear'/);
  });

  it('may be told by what differs from another, and its cells are those of the recipe written out', async () => {
    const [ours] = Object.values(PROBLEM.recipes);
    const { augment: _, ...unmoved } = { ...ours!.training, schedule: { learningRate: 5e-3 } };
    const whole = { ...ours, description: 'other', training: unmoved };
    const changes = { training: { augment: null, schedule: { learningRate: 5e-3 } } };
    const variant = { variantOf: 'ours', description: 'other', changes };
    const table = { varies: ['recipe'], common: { ...FIGURE.cells[0], ...TABLE.common, channels: 1 } };
    const cells = async (other: object) => {
      const problem = { recipes: { ours, other } };
      const declared = await declarations({
        problem,
        table: { ...table, rows: [{ recipe: 'ours' }, { recipe: 'other' }] },
      });
      const { stdout, stderr } = await dyadic(...declared.reproduce('--table', '1', '--list', '--json'));
      return stdout + stderr;
    };
    const names = await cells(variant);
    expect(names.match(/_other_/g)).toHaveLength(1);
    expect(names).toBe(await cells(whole));
    expect(await cells({ ...variant, variantOf: 'mine' })).toMatch(
      /tiny\.json: recipes\.other\.variantOf is 'mine'; expected a recipe that stands before it: ours/,
    );
    expect(await cells({ variantOf: 'ours', changes: 3 })).toMatch(/tiny\.json: recipes\.other\.description/);
    expect(await cells({ ...variant, changes: { training: 3 } })).toMatch(/tiny\.json: recipes\.other\.training is /);
  });
});

describe('the declarations of this repository', () => {
  it('have the paper’s parameter counts in every row but the one that its formula does not give', async () => {
    const folder = fileURLToPath(new URL('../../reproduce', import.meta.url));
    const { stdout, stderr, code } = await dyadic('reproduce', folder, '--all', '--list', '--json');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const tables = events(stdout).filter(({ table }) => table);
    const numbers = Array.from({ length: 11 }, (_, i) => String(i + 1));
    expect(tables.map(({ table }) => table)).toEqual([...numbers, 'kohn-sham-recipes', 'kohn-sham-samples', 'recipes']);
    const differing = tables.flatMap(({ table, rows }) =>
      rows.flatMap(({ parameters, paper }: { parameters: number; paper: { parameters?: number } }) =>
        paper.parameters === undefined || paper.parameters === parameters
          ? []
          : [[table, paper.parameters, parameters]],
      ),
    );
    expect(differing).toEqual([['8', 33013, 23885]]);
  });
});
