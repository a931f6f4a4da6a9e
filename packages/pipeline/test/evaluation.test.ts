import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '@dyadic/dataset';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Evaluation } from '../src/experiment/evaluation.js';
import { errorTable, evaluationPage, type PageData } from '../src/experiment/page.js';
import { trainingErrors } from '../src/experiment/training-error.js';
import { evaluate, openExperiment, predict, train } from '../src/index.js';
import { ENGINE, workspace } from './workspace.js';

vi.mock('../src/experiment/page.js', async (original) => {
  const real = await original<typeof import('../src/experiment/page.js')>();
  return { ...real, evaluationPage: vi.fn(real.evaluationPage) };
});

const split = { samples: 4, mean: 1e-3, median: 1e-3, worst: 1e-3, worstSample: 0 };
const evaluation: Evaluation = {
  experiment: 'e',
  profile: 'quick',
  checkpoint: '',
  dataset: '',
  settings: '',
  engine: 'none',
  parameterCount: 1,
  epochs: 3,
  bestEpoch: 3,
  splits: { train: split, validation: split, test: split },
  times: { training: 1, solver: null, networkBatch: 1, networkSingle: 1 },
};
const constant = Float64Array.of(1e-3, 1e-3, 1e-3, 1e-3);
const data: PageData = {
  description: '',
  evaluation,
  training: { average: 'mean', errors: [1e-3, 1e-3, 1e-3] },
  validation: [1e-3, 1e-3, 1e-3],
  errors: { train: constant, validation: constant, test: constant },
  shown: [],
  parameters: [],
};

/** Heights of the training and the validation curve of a page, in pixels from the top. */
async function curveHeights(page: PageData): Promise<number[][]> {
  const html = await evaluationPage(page);
  const svg = html.slice(html.indexOf('<svg'), html.indexOf('</svg>'));
  const lines = [...svg.matchAll(/<g class="mark-line[^>]*><path [^>]*\bd="([^"]+)"/g)].map(([, d]) => d!);
  return lines.map((d) => [...d.matchAll(/[ML][-\d.]+,([-\d.]+)/g)].map(([, y]) => Number(y)));
}

describe('the training curve', () => {
  it.each([
    ['error', 1e-3],
    ['squared-error', 1e-6],
    [undefined, 1e-6],
  ] as const)(
    'of a constant error of 1e-3 lies at 1e-3, beside the validation error, for the loss %s',
    async (of, loss) => {
      const training = trainingErrors([{ loss }, { loss }, { loss }], of);
      for (const error of training.errors) expect(error).toBeCloseTo(1e-3, 15);
      expect(training.average).toBe(of === 'error' ? 'mean' : 'rms');
      const [train, validation] = await curveHeights({ ...data, training });
      expect(train).toHaveLength(3);
      expect(train).toEqual(validation);
      expect(await evaluationPage({ ...data, training })).toContain(`training (${training.average})`);
    },
  );
});

describe('the page of an evaluation', () => {
  it('has a place for errors of exactly 0, in any split and any epoch', async () => {
    const zero = new Float64Array(4);
    const errors = { train: zero, validation: constant, test: zero.with(1, 2e-5) };
    const curves = { training: { average: 'mean', errors: [1e-3, 0, 0] }, validation: [1e-3, null, 0] } as const;
    expect(await evaluationPage({ ...data, ...curves, errors })).toContain('>0</text>');
    expect(await evaluationPage({ ...data, errors: { train: zero, validation: zero, test: zero } })).toContain(
      'mean 0',
    );
  });

  it('has a column and a line of the paper only where the experiment states its numbers', async () => {
    expect(errorTable(evaluation).columns).toHaveLength(5);
    expect((await evaluationPage(data)).split('</style>')[1]).not.toMatch(/paper/i);
    const paper = { reference: 'Table 1', train: 2e-3, validation: 3e-3 };
    expect(errorTable({ ...evaluation, paper }).rows.map((row) => row[5])).toEqual([2e-3, 3e-3, null]);
    expect(await evaluationPage({ ...data, evaluation: { ...evaluation, paper } })).toContain('paper 3.00e-3');
  });
});

describe('evaluate', () => {
  let root: string;

  beforeAll(async () => {
    const space = await workspace();
    root = space.root;
    return space.remove;
  });

  it('takes an experiment with a byte order mark, as some editors write it, and an absolute path of the data', async () => {
    const text = await readFile(join(root, 'app', 'experiment.json'), 'utf8');
    await mkdir(join(root, 'marked'));
    const told = text.replace('"../data"', JSON.stringify(join(root, 'data')));
    await writeFile(join(root, 'marked', 'experiment.json'), `\uFEFF${told}`);
    const { experiment, dataset } = await openExperiment(join(root, 'marked'));
    expect(experiment.datasetFolder).toBe(join(root, 'data'));
    expect(dataset.samples).toBe(40);
  });

  it('a network from a column to itself keeps both: its predictions have another name', async () => {
    const text = await readFile(join(root, 'app', 'experiment.json'), 'utf8');
    await mkdir(join(root, 'same'));
    const same = text.replace('"output":"solution"', '"output":"potential"').replace('../data', join(root, 'data'));
    await writeFile(join(root, 'same', 'experiment.json'), same);
    const open = await openExperiment(join(root, 'same'));
    await train(open, ENGINE);
    const out = join(root, 'predicted');
    const { input, output } = await predict(open.experiment.runFolder, open.experiment.dataFolder, out, ENGINE);
    expect([input, output]).toEqual(['potential', 'potential-prediction']);
    const fields = (await openDataset(out)).recipe.fields;
    expect(fields.map(({ name }) => name)).toEqual(['potential', 'potential-prediction']);
    const read = await (await openDataset(out)).read(['potential', 'potential-prediction']);
    expect(read.potential).not.toEqual(read['potential-prediction']);
  });

  it('of two at once one writes, and the other is told who does', async () => {
    const open = await openExperiment(join(root, 'app'), { out: join(root, 'two') });
    await train(open, ENGINE);
    const calls = await Promise.allSettled([evaluate(open, ENGINE), evaluate(open, ENGINE)]);
    const refused = calls.flatMap((call) => (call.status === 'rejected' ? [String(call.reason)] : []));
    expect(refused).toEqual([expect.stringMatching(/two: is being written to by process/)]);
    const written = calls.flatMap((call) => (call.status === 'fulfilled' ? [call.value] : []));
    expect(await evaluate(open, ENGINE)).toEqual({ ...written[0]!, fresh: false });
    expect((await readdir(join(root, 'two'))).filter((name) => name.startsWith('.lock'))).toEqual([]);
  });

  it('keeps the numbers when the page cannot be drawn, and draws it at the next call', async () => {
    const open = await openExperiment(join(root, 'app'));
    const { experiment } = open;
    await train(open, ENGINE);
    vi.mocked(evaluationPage).mockRejectedValueOnce(new Error('no ink'));
    await expect(evaluate(open, ENGINE)).rejects.toThrow('no ink');
    const kept = JSON.parse(await readFile(join(experiment.runFolder, 'evaluation.json'), 'utf8'));
    expect(kept.splits.test.samples).toBe(10);
    expect(kept).not.toHaveProperty('paper');
    await expect(stat(join(experiment.runFolder, 'report.html'))).rejects.toThrow('ENOENT');
    const { fresh, page } = await evaluate(open, ENGINE);
    expect(fresh).toBe(true);
    expect(await readFile(page, 'utf8')).toContain('training (rms)');
    expect((await evaluate(open, ENGINE)).fresh).toBe(false);
  });
});
