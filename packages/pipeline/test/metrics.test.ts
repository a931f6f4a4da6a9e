import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportTensorboard, METRICS_FILE, openExperiment, readMetrics, train } from '../src/index.js';
import { ENGINE, type Workspace, workspace } from './workspace.js';

const schema = join(import.meta.dirname, '../schemas/metrics.schema.json');

describe('the training log', () => {
  let space: Workspace;
  beforeAll(async () => {
    space = await workspace();
  });
  afterAll(() => space.remove());

  it.each([
    ['squared-error', 'trainRmsError', {}],
    ['error', 'trainMeanError', {}],
    ['error', 'trainWeightedMeanError', { 'training.fieldWeights': [2] }],
    ['squared-error', 'trainWeightedRmsError', { 'training.fieldWeights': [2] }],
  ] as const)('of the loss %s has a line an epoch with %s, as its schema says', async (loss, name, weights) => {
    const set = { 'training.loss': loss, 'training.validateEvery': 3, ...weights };
    const open = await openExperiment(space.app, { set });
    const { state } = await train(open, ENGINE);
    const text = await readFile(join(open.experiment.runFolder, METRICS_FILE), 'utf8');
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(await readFile(schema, 'utf8')));
    const lines = text.trimEnd().split('\n');
    for (const line of lines) expect([validate(JSON.parse(line)), validate.errors]).toEqual([true, null]);
    // The names that other programs rely on, in their order.
    expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual(
      new Array(4).fill(['epoch', name, 'validationMeanError', 'learningRate']),
    );
    const metrics = await readMetrics(open.experiment.runFolder);
    expect(metrics.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(metrics.map(({ validationMeanError }) => validationMeanError)).toEqual([
      null,
      null,
      state.history[2]!.validation,
      state.history[3]!.validation,
    ]);
    expect(metrics.map((line) => (line as Record<string, unknown>)[name])).toEqual(
      state.history.map((record) => (loss === 'error' ? record.loss : Math.sqrt(record.loss))),
    );
  });
});

describe('a training log that is read', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dyadic-metrics-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const line = '{"epoch":1,"trainMeanError":0.5,"validationMeanError":null,"learningRate":0.01}\n';

  it.each<[string, string, RegExp]>([
    ['that ends in the middle', line + line.slice(0, 20), /ends within a line/],
    ['with a line that is no JSON', `${line}{epoch\n`, /line 2/],
    ['with an entry that is unknown', line.replace('epoch', 'epochs'), /line 1/],
    ['with a text in place of a number', line.replace('0.5', '"0.5"'), /line 1/],
  ])('%s is refused', async (_, text, message) => {
    await writeFile(join(folder, METRICS_FILE), text);
    await expect(readMetrics(folder)).rejects.toThrow(message);
  });

  it('that is not there is named', async () => {
    await expect(readMetrics(join(folder, 'none'))).rejects.toThrow(/metrics.jsonl: does not exist/);
  });

  it('is a TensorBoard event file with a value for each number', async () => {
    await writeFile(join(folder, METRICS_FILE), line + line.replace('null', '0.25').replace('1', '2'));
    const bytes = await readFile(await exportTensorboard(folder, join(folder, 'logs')));
    // As every event file of TensorFlow begins: a record of 24 bytes, with the checksum of their number.
    expect(bytes.subarray(0, 12).toString('hex')).toBe('1800000000000000a37f4b22');
    expect(bytes.subarray(12, 36).toString('latin1')).toMatch(/brain\.Event:2$/);
    const records: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = Number(bytes.readBigUInt64LE(at));
      records.push(bytes.subarray(at + 12, at + 12 + length));
      at += length + 16;
    }
    const tags = records.slice(1).map((record) => record.toString('latin1').match(/[a-zA-Z]{5,}/g));
    expect(tags).toEqual([
      ['trainMeanError', 'learningRate'],
      ['trainMeanError', 'validationMeanError', 'learningRate'],
    ]);
    const value = Buffer.alloc(4);
    value.writeFloatLE(0.25);
    expect([records[1]!.includes(value), records[2]!.includes(value)]).toEqual([false, true]);
  });
});
