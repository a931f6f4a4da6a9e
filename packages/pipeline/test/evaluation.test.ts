import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, resolveRecipe } from '@dyadic/pipeline'; // built: its workers are JavaScript
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Evaluation } from '../src/experiment/evaluation.js';
import { errorTable, evaluationPage, type PageData } from '../src/experiment/page.js';
import { trainingErrors } from '../src/experiment/training-error.js';
import { evaluate, openExperiment, train } from '../src/index.js';

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
  const choice = { engine: 'wasm', threads: 1 } as const;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dyadic-pipeline-'));
    const write = async (folder: string, file: string, content: object) => {
      await mkdir(join(root, folder));
      await writeFile(join(root, folder, file), JSON.stringify(content));
    };
    await write('data', 'dataset.json', {
      name: 'tiny',
      description: '',
      seed: 7,
      equation: 'nlse',
      grid: { dimension: 1, points: 64 },
      potential: { preset: 'paper', wells: 2 },
      solver: { beta: 10, discretization: 'fourier', tolerance: 1e-9 },
      profiles: { quick: { samples: 24, shardRows: 24 } },
    });
    await write('app', 'experiment.json', {
      name: 'tiny',
      description: '',
      dataset: '../data',
      input: 'potential',
      output: 'solution',
      normalization: { input: 'standard', output: 'standard' },
      network: { points: 64, levels: 3, channels: 2, kernelLayers: 1 },
      profiles: {
        quick: {
          splits: { train: 12, validation: 6, test: 6 },
          training: {
            epochs: 2,
            batchSize: 6,
            seed: 1,
            optimizer: { name: 'nadam' },
            schedule: { learningRate: 1e-2 },
          },
        },
      },
    });
    await generate(await resolveRecipe(join(root, 'data'), 'quick'), { workers: 1 });
    return () => rm(root, { recursive: true, force: true });
  });

  it('keeps the numbers when the page cannot be drawn, and draws it at the next call', async () => {
    const open = await openExperiment(join(root, 'app'));
    const { experiment } = open;
    await train(open, choice);
    vi.mocked(evaluationPage).mockRejectedValueOnce(new Error('no ink'));
    await expect(evaluate(open, choice)).rejects.toThrow('no ink');
    const kept = JSON.parse(await readFile(join(experiment.runFolder, 'evaluation.json'), 'utf8'));
    expect(kept.splits.test.samples).toBe(6);
    expect(kept).not.toHaveProperty('paper');
    await expect(stat(join(experiment.runFolder, 'report.html'))).rejects.toThrow('ENOENT');
    const { fresh, page } = await evaluate(open, choice);
    expect(fresh).toBe(true);
    expect(await readFile(page, 'utf8')).toContain('training (rms)');
    expect((await evaluate(open, choice)).fresh).toBe(false);
  });
});
