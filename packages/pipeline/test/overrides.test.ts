import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExperimentOverride, readExperiment, runName } from '../src/index.js';
import { EXPERIMENT } from './workspace.js';

const parse = (text: string) => parseExperimentOverride('--set', text);

describe('entries of an experiment as typed', () => {
  it.each<[string, unknown]>([
    ['training.batchSize=50', 50],
    ['training.schedule.learningRate=1e-3', 1e-3],
    ['network.activation=tanh', 'tanh'],
    ['input=17', '17'], // a column may be called so
    ['training.optimizer.scheduleDecay=null', null],
    ['training.optimizer={"name":"adamw","weightDecay":0.1}', { name: 'adamw', weightDecay: 0.1 }],
    ['network.connectivity.kernel=local', 'local'],
    ['start=linear-fit', 'linear-fit'],
  ])('the schema says what %s is', (text, value) => {
    expect(parse(text)).toEqual({ [text.split('=')[0]!]: value });
  });

  it.each<[string, RegExp]>([
    ['training.batchSize=5o', /^--set training.batchSize is '5o'; expected number/],
    ['training.batchSize=', /training.batchSize is ''/],
    ['training.batchSize=2.5', /training.batchSize is 2.5; expected int/],
    ['training.batchSize="50"', /training.batchSize is '50'; expected number/],
    ['training.batchsize=50', /'training' has one of epochs, batchSize/],
    ['training.batchSize.x=1', /'batchSize' has no entries within it/],
    ['training.optimizer.momentum=1', /'optimizer' has one of name, beta1/],
    ['network.activation=sine', /network.activation is 'sine'; expected one of/],
    ['name=other', /an experiment has one of input, output/],
    ['paper.train=1', /an experiment has one of/],
    ['training.__proto__.batchSize=1', /'training' has one of/],
    ['training.constructor=1', /'training' has one of/],
    ['training.batchSize', /expected entry=value/],
    ['=1', /expected entry=value/],
  ])('%s is refused', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe('an experiment with entries replaced', () => {
  let folder: string;
  const paper = { reference: 'Table 1', train: 1e-4, validation: 1e-4 };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dyadic-overrides-'));
    const quick = { ...EXPERIMENT.profiles.quick, paper };
    await writeFile(join(folder, 'experiment.json'), JSON.stringify({ ...EXPERIMENT, profiles: { quick } }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('has them, its own folder for runs, the same data, and no published errors', async () => {
    const plain = await readExperiment(folder, 'quick');
    const set = { 'training.batchSize': 5, 'network.channels': 3, 'splits.train': 25 };
    const changed = await readExperiment(folder, 'quick', { set });
    expect(changed.plan).toEqual({ ...plain.plan, batchSize: 5 });
    expect(changed.network.spec).toMatchObject({ channels: 3 });
    expect(changed.splits).toEqual({ ...plain.splits, train: 25 });
    expect(changed.dataFolder).toBe(plain.dataFolder);
    expect(changed.runFolder).toBe(
      join(folder, 'runs', 'quick+network.channels=3+splits.train=25+training.batchSize=5'),
    );
    expect([plain.paper, changed.paper]).toEqual([paper, undefined]);
  });

  it('is refused where it makes no sense, with what was replaced', async () => {
    const read = (set: Record<string, number>) => readExperiment(folder, 'quick', { set });
    await expect(read({ 'network.points': 30 })).rejects.toThrow(
      /experiment.json with network.points=30: network.points is 30; expected a multiple of 2\^levels = 4/,
    );
    await expect(read({ 'splits.train': 0.5 })).rejects.toThrow(/with splits.train=0.5: splits.train/);
    await expect(read({ unknown: 1 })).rejects.toThrow(/unknown/);
    await expect(read({ 'training.__proto__.polluted': 1 })).rejects.toThrow(/path of an entry/);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('the name of a run', () => {
  it('is the same in whatever order entries come, and fit for a folder', () => {
    const [a, b] = ['training.batchSize', 'network.activation'];
    expect(runName(['quick'], { [a]: 5, [b]: 'tanh' })).toBe(runName(['quick'], { [b]: 'tanh', [a]: 5 }));
    expect(runName(['quick'], { input: '../../etc' })).toMatch(/^quick\+input=[0-9a-f]{8}$/);
    const long = runName(
      ['quick'],
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`training.entry${i}`, i])),
    );
    expect(long).toMatch(/^quick\+[0-9a-f]{16}$/);
  });
});
