import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dyadic, finished, RECIPE, start } from './fixtures.js';

const PROBLEM = {
  description: 'a problem for tests',
  dataset: '../data',
  input: 'potential',
  output: 'solution',
  presets: ['paper', 'reference-code'],
  network: { points: 64, levels: 3 },
  recipes: {
    ours: {
      description: 'ours',
      normalization: { input: 'standard', output: 'standard' },
      batch: { size: 10 },
      training: { optimizer: { name: 'soap' }, schedule: { learningRate: 1e-2 }, augment: 'torus' },
    },
  },
  scales: {
    quick: { train: { share: 0.1 }, validation: 10, test: 20, visits: 400 },
    long: { train: { most: 40 }, validation: 10, test: 20, visits: 150_000 },
  },
};
const TABLE = {
  problem: 'tiny',
  title: 'error against channels',
  varies: ['channels'],
  common: { train: 400, wells: 2, kernelLayers: 1 },
  rows: [
    { channels: 1, paper: { parameters: 5, train: 1e-3, test: 1e-3 } },
    { channels: 2, paper: { train: 1e-3, test: 5e-4 } },
  ],
};
const FIGURE = { problem: 'tiny', title: 'a sample', cells: [{ train: 400, wells: 2, channels: 2, kernelLayers: 1 }] };
const SHIFT = {
  problem: 'tiny',
  title: 'other data',
  cell: FIGURE.cells[0],
  samples: 10,
  shifts: [
    { name: 'as trained', overrides: { seed: 8 } },
    { name: 'three wells', overrides: { 'potential.wells': 3 } },
  ],
};

/** A folder of declarations with a table, a figure and a study of other data. */
async function declarations(changes: { problem?: object; table?: object } = {}) {
  const root = await mkdtemp(join(tmpdir(), 'dyadic-reproduce-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const files = {
    'data/dataset.json': { ...RECIPE, profiles: { paper: { samples: 1, shardRows: 1 } } },
    'problems/tiny.json': { ...PROBLEM, ...changes.problem },
    'tables/1.json': { ...TABLE, ...changes.table },
    'figures/8.json': FIGURE,
    'shifts/tiny.json': SHIFT,
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), JSON.stringify(content));
  }
  const results = join(root, 'results');
  return { root, results, reproduce: (...args: string[]) => ['reproduce', root, '--results', results, ...args] };
}

type Declared = Awaited<ReturnType<typeof declarations>>;

/** The errors of all cells: all that does not depend on the clock. */
async function errors({ results }: Declared) {
  const names = (await readdir(join(results, 'cells'))).sort();
  const read = async (name: string) => JSON.parse(await readFile(join(results, 'cells', name), 'utf8'));
  return Promise.all(
    names.map(async (name) => ({ name, ...(({ errors, curve }) => ({ errors, curve }))(await read(name)) })),
  );
}

/** The objects that a run with --json printed. */
const events = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

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
    const { root, reproduce } = await declarations();
    const cell = (channels: number) => start(...reproduce('--table', '1', '--only', `channels=${channels}`));
    const first = cell(1);
    onTestFinished(() => void first.kill('SIGKILL'));
    const ends = [finished(first)];
    const locked = async () => {
      const names = await readdir(join(root, 'data'), { recursive: true });
      const lock = names.find((name) => name.endsWith('.lock-1'));
      return lock !== undefined && (await readFile(join(root, 'data', lock), 'utf8').catch(() => '')) !== '';
    };
    while (!(await locked()) && first.exitCode === null) await sleep(2);
    first.kill('SIGSTOP');
    const second = cell(2);
    ends.push(finished(second));
    let said = '';
    second.stderr!.on('data', (chunk) => (said += chunk));
    while (!/^waiting: .* is being written to by process \d+/m.test(said) && second.exitCode === null) await sleep(5);
    first.kill('SIGCONT');
    for (const end of ends) expect(await end).toMatchObject({ code: 0 });
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
    [
      ['--table', '1', '--only', 'channels=3'],
      "--only is 'channels=3'; expected values that a cell of these tables has",
    ],
    [['--table', '1', '--only', 'depth=3'], "--only is 'depth=3'; expected variable=value,… with one of train, wells"],
    [['--table', '1', '--only', 'channels'], "--only is 'channels'; expected variable=value"],
    [[], '--table is undefined; expected at least one of 1'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await dyadic(...(await declarations()).reproduce(...args));
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it('names the file and entry of a declaration that makes no sense, and a damaged result', async () => {
    const unknown = await declarations({ table: { problem: 'tinny' } });
    const { stderr } = await dyadic(...unknown.reproduce('--table', '1'));
    expect(stderr).toContain("1.json: names the problem 'tinny'; there are tiny");
    const wrong = await declarations({ problem: { network: { points: 65, levels: 3 } } });
    expect((await dyadic(...wrong.reproduce('--table', '1'))).stderr).toContain('tiny.json: network.points is 65');
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

describe('dyadic report', () => {
  it('writes tables, figures and what is missing from the cells alone, the same bytes each time', async () => {
    const declared = await declarations();
    await dyadic(...declared.reproduce('--figure', '8', '--shift', 'tiny'));
    const report = async () => {
      expect((await dyadic('report', declared.root, '--results', declared.results)).code).toBe(0);
      const read = (name: string) => readFile(join(declared.results, name), 'utf8');
      return {
        markdown: await read('README.md'),
        html: await read('index.html'),
        figure: await read('figures/figure-8-1.svg'),
      };
    };
    const { markdown, html, figure } = await report();
    expect(markdown).toContain('dyadic reproduce --table 1 --scale quick --preset paper --seeds 1');
    expect(markdown).toContain('](figures/figure-8-1.svg)');
    expect(markdown).toContain('three wells');
    expect(html).toContain(figure.trim());
    expect(await report()).toEqual({ markdown, html, figure });
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
