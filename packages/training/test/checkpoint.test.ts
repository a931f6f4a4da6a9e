import { readFile, truncate, writeFile } from 'node:fs/promises';
import { sha256 } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { describeLayers, mnn, networkFromLayers } from '@dyadic/mnn';
import { describe, expect, it } from 'vitest';
import {
  type CheckpointInfo,
  extendedRun,
  initialState,
  type OptimizerFactory,
  optimizer,
  readCheckpoint,
  requireSameRun,
  type TrainingState,
  train,
  writeCheckpoint,
} from '../src/index.js';
import { decodeTensors, encodeTensors } from '../src/safetensors.js';
import { elementwiseSession, network, plan, samples, temporaryFile } from './fixtures.js';

const info: CheckpointInfo = {
  network,
  plan,
  normalizers: { input: { shift: 0, scale: 1 }, output: { shift: 0.1, scale: 3 } },
  origin: { dataset: 'test', splits: { train: 50 } },
  engine: 'elementwise',
};

const run = (from?: TrainingState, onEpoch?: (state: TrainingState) => Promise<void>) =>
  train({
    network,
    session: elementwiseSession(),
    train: samples(50, 1),
    validation: samples(20, 2),
    plan,
    ...(from && { from }),
    ...(onEpoch && { onEpoch }),
  });

async function saved(): Promise<string> {
  const path = await temporaryFile('checkpoint.safetensors');
  await writeCheckpoint(path, { ...info, state: await run() });
  return path;
}

describe('checkpoints', () => {
  it('resume(k) + train(n − k) = train(n), bit for bit, for every k', async () => {
    const path = await temporaryFile('whole');
    const whole = await run(undefined, (state) => writeCheckpoint(`${path}-${state.epoch}`, { ...info, state }));
    const expected = await readFile(`${path}-${whole.epoch}`);
    for (let k = 1; k < plan.epochs; k++) {
      const { state } = await readCheckpoint(`${path}-${k}`);
      expect(state.epoch).toBe(k);
      const resumed = await run(state);
      await writeCheckpoint(`${path}-resumed`, { ...info, state: resumed });
      expect((await readFile(`${path}-resumed`)).equals(expected)).toBe(true);
    }
  });

  it('gives back what was saved', async () => {
    const path = await saved();
    const { state, ...rest } = await readCheckpoint(path);
    expect(rest).toEqual(info);
    expect(state.history).toHaveLength(plan.epochs);
    expect(state.history[0]).toMatchObject({ epoch: 1, loss: expect.any(Number), validation: expect.any(Number) });
  });

  it('keeps the layers of a network that no options of mnn describe, and reads them by a white list', async () => {
    const { spec: _, ...layers } = network;
    const path = await temporaryFile('layers.safetensors');
    const written = { ...info, network: layers };
    await writeCheckpoint(path, { ...written, state: await run() });
    const { state: _state, ...rest } = await readCheckpoint(path);
    expect(rest).toEqual(written);
    expect(() => requireSameRun(path, rest, written)).not.toThrow();
    const foreign = (document: Record<string, unknown>) => {
      document.network = describeLayers(network);
      (document.network as { branches: { boxes: number }[] }).branches[0]!.boxes = 1.5;
    };
    await expect(readCheckpoint(await resealed(foreign))).rejects.toThrow(/network\.branches\[0\]\.boxes is 1\.5/);
  });

  /** A checkpoint whose metadata was changed by someone who can compute checksums. */
  async function resealed(change: (document: Record<string, unknown>) => void): Promise<string> {
    const path = await saved();
    const { tensors, metadata } = decodeTensors(path, await readFile(path));
    const { checksum: _, ...document } = JSON.parse(metadata.get('dyadic')!);
    change(document);
    const sealed = { ...document, checksum: sha256(document) };
    await writeFile(path, encodeTensors({ tensors, metadata: new Map([['dyadic', JSON.stringify(sealed)]]) }));
    return path;
  }

  it('a network without an entry for its output stage is linear', async () => {
    const path = await resealed((document) => delete (document.network as Record<string, unknown>).output);
    const found = await readCheckpoint(path);
    expect(found.network).toEqual(network);
    const density = { ...info, network: mnn({ ...network.spec, output: 'density' }) };
    expect(() => requireSameRun(path, found, density)).toThrow(/network\.output was "linear", is now "density"/);
  });

  it('refuses a number beyond all numbers', async () => {
    const path = await saved();
    const { tensors, metadata } = decodeTensors(path, await readFile(path));
    const dyadic = metadata.get('dyadic')!.replace('"train":50', '"train":1e999');
    await writeFile(path, encodeTensors({ tensors, metadata: new Map([['dyadic', dyadic]]) }));
    await expect(readCheckpoint(path)).rejects.toThrow(/nested too deeply, or infinite/);
  });

  /** θ ← θ − η m with m ← β m + g, as somebody might write it. */
  const momentum = (beta: number): OptimizerFactory => ({
    name: 'momentum',
    settings: { beta },
    create({ parameterCount }) {
      const m = new Float32Array(parameterCount);
      return {
        vectors: { m },
        scalars: { steps: 0 },
        step(parameters, gradient, learningRate) {
          this.scalars = { steps: this.scalars.steps! + 1 };
          for (let i = 0; i < m.length; i++) {
            m[i] = beta * m[i]! + gradient[i]!;
            parameters[i]! -= learningRate * m[i]!;
          }
        },
      };
    },
  });

  describe("an optimizer of the user's own", () => {
    const own = { ...plan, optimizer: momentum(0.5), schedule: { learningRate: 0.3 } };
    const task = {
      network,
      session: elementwiseSession(),
      train: samples(50, 1),
      validation: samples(20, 2),
      plan: own,
    };

    it('trains, and resumes to the same bytes where it is passed', async () => {
      const path = await temporaryFile('own');
      const onEpoch = (state: TrainingState) =>
        writeCheckpoint(`${path}-${state.epoch}`, { ...info, plan: own, state });
      const whole = await train({ ...task, onEpoch });
      expect(whole.bestError).toBeLessThan(0.5 * whole.history[0]!.validation!);
      const found = await readCheckpoint(`${path}-5`, { optimizers: [momentum(0.5)] });
      requireSameRun(path, found, { ...info, plan: own });
      await train({ ...task, plan: found.plan, from: found.state, onEpoch });
      const resumed = await readFile(`${path}-12`);
      await writeCheckpoint(path, { ...info, plan: own, state: whole });
      expect(resumed.equals(await readFile(path))).toBe(true);
    });

    it('without it the checkpoint is read and written again, but does not train', async () => {
      const path = await temporaryFile('own');
      await writeCheckpoint(path, { ...info, plan: own, state: await train(task) });
      const found = await readCheckpoint(path);
      expect(found.plan.optimizer).toEqual({ name: 'momentum', beta: 0.5 });
      await writeCheckpoint(`${path}-again`, found);
      expect(await readFile(`${path}-again`)).toEqual(await readFile(path));
      await expect(train({ ...task, plan: found.plan })).rejects.toThrow(
        /optimizer\.name is 'momentum'; expected one of/,
      );
      expect(() => found.state.optimizer.step(new Float32Array(27), new Float32Array(27), 1)).toThrow(/'momentum'/);
    });

    it('is refused with other settings, another state, or the name of one that options know', async () => {
      const path = await temporaryFile('own');
      await writeCheckpoint(path, { ...info, plan: own, state: await train(task) });
      const other = readCheckpoint(path, { optimizers: [momentum(0.9)] });
      await expect(other).rejects.toThrow(/other settings: optimizer\.beta was 0\.5, is now 0\.9/);
      const larger = { ...momentum(0.5), create: () => optimizer(network, { name: 'adamw' }) };
      await expect(readCheckpoint(path, { optimizers: [larger] })).rejects.toThrow(
        /tensor 'optimizer\/firstMoment' is/,
      );
      const named = { ...own, optimizer: { ...momentum(0.5), name: 'soap' } };
      await expect(train({ ...task, plan: named })).rejects.toThrow(/optimizer\.name is 'soap'; expected a name other/);
    });
  });

  it('resumes an averaged run that ends early to the same bytes', async () => {
    const averaged = { ...plan, averageDecay: 0.99, patience: 4 };
    const task = { network, session: elementwiseSession(), train: samples(50, 1), validation: samples(20, 2) };
    const path = await temporaryFile('averaged');
    const onEpoch = (state: TrainingState) =>
      writeCheckpoint(`${path}-${state.epoch}`, { ...info, plan: averaged, state });
    const whole = await train({ ...task, plan: averaged, onEpoch });
    const expected = await readFile(`${path}-${whole.epoch}`);
    const { state } = await readCheckpoint(`${path}-2`);
    expect(state.average).not.toEqual(state.parameters);
    await train({ ...task, plan: averaged, from: state, onEpoch });
    expect((await readFile(`${path}-${whole.epoch}`)).equals(expected)).toBe(true);
  });

  it('a run that is done and gets more epochs: the new plan says all that are left, the old one is kept', async () => {
    const longer = { ...plan, epochs: 20 };
    const task = { network, session: elementwiseSession(), train: samples(50, 1), validation: samples(20, 2) };
    const path = await temporaryFile('longer');
    await writeCheckpoint(path, { ...info, state: await run() });
    const found = await readCheckpoint(path);
    const extended = extendedRun(found, { ...info, plan: longer })!;
    expect(extended.earlier).toEqual([{ epoch: 12, plan: JSON.parse(JSON.stringify(plan)) }]);
    const rates: number[] = [];
    const state = await train({
      ...task,
      plan: longer,
      from: found.state,
      onEpoch: ({ history }) => void rates.push(history.at(-1)!.learningRate),
    });
    // The rates of the later epochs are those of the longer plan.
    const whole = await train({ ...task, plan: longer });
    expect(rates).toEqual(whole.history.slice(12).map(({ learningRate }) => learningRate));
    expect(state.history.slice(0, 12)).toEqual(found.state.history.slice(0, 12));
    await writeCheckpoint(path, { ...extended, state });
    const again = await readCheckpoint(path);
    expect(again.earlier).toEqual(extended.earlier);
    const more = extendedRun(again, { ...info, plan: { ...plan, epochs: 30 } })!;
    expect(more.earlier!.map(({ epoch }) => epoch)).toEqual([12, 20]);
    // Neither a shorter plan, nor one that differs otherwise, nor one of a run with epochs left.
    expect(extendedRun(again, info)).toBeUndefined();
    expect(extendedRun(again, { ...info, plan: { ...longer, epochs: 30, seed: 9 } })).toBeUndefined();
    const unfinished = { ...again, state: { ...again.state, epoch: 19 } };
    expect(extendedRun(unfinished, { ...info, plan: { ...plan, epochs: 30 } })).toBeUndefined();
  });

  it("holds the layers of a network of one's own", async () => {
    const kernel = { kind: 'kernel', connectivity: 'convolutional', padding: 'periodic', activation: 'tanh' } as const;
    const layers = [
      { ...kernel, name: 'first', window: 3, outputChannels: 5 },
      { ...kernel, name: 'second', window: 3, outputChannels: 5, adds: 0 },
      { ...kernel, name: 'third', window: 1, outputChannels: 2, activation: 'linear' },
    ];
    const branches = [{ name: 'plain', boxes: 4, layers }];
    const own = networkFromLayers({ dimension: 1, points: 8, output: 'density', branches });
    const path = await temporaryFile('layers');
    await writeCheckpoint(path, { ...info, network: own, state: initialState(own, plan) });
    const found = await readCheckpoint(path);
    expect(found.network).toEqual(own);
    expect(found.state.parameters).toEqual(initialState(own, plan).parameters);
    expect(() => requireSameRun(path, found, info)).toThrow(/network\.\w+ was/);
  });

  it('refuses edited metadata', async () => {
    const path = await saved();
    const { tensors, metadata } = decodeTensors(path, await readFile(path));
    const dyadic = metadata.get('dyadic')!.replace('"shift":0.1', '"shift":5');
    expect(dyadic).not.toBe(metadata.get('dyadic'));
    await writeFile(path, encodeTensors({ tensors, metadata: new Map([['dyadic', dyadic]]) }));
    await expect(readCheckpoint(path)).rejects.toThrow(/was edited or damaged: the checksum of its metadata/);
  });

  it.each<[string, (document: Record<string, unknown>) => void, RegExp]>([
    ['no plan', (d) => (d.plan = {}), /training\.epochs is undefined/],
    ['no optimizer settings', (d) => (d.plan = { ...plan, optimizer: null }), /training\.optimizer is null/],
    ['no optimizer state', (d) => (d.optimizer = {}), /says nothing of the optimizer's steps/],
    [
      'a larger network',
      (d) => (d.network = { ...network.spec, channels: 2 }),
      /parameters of the network up to \S+ is \d+; expected at most \d+/,
    ],
    [
      'a smaller network',
      (d) => (d.network = { ...network.spec, points: 4 }),
      /tensor 'parameters' is a Float32Array of length \d+; expected a Float32Array of length \d+/,
    ],
    ['an epoch beyond the plan', (d) => (d.plan = { ...plan, epochs: 3 }), /epoch is 12; expected at most 3/],
    ['a best epoch to come', (d) => (d.bestEpoch = 13), /bestEpoch is 13; expected at most 12/],
    ['texts for numbers', (d) => (d.optimizer = { steps: '84' }), /optimizer\.steps is '84'; expected a number/],
    ['a scale of 0', (d) => (d.normalizers = { input: { shift: 0, scale: 0 } }), /normalizers\.input\.scale is 0/],
    ['no origin', (d) => delete d.origin, /origin is undefined/],
    ['deep nesting', (d) => (d.origin = JSON.parse('['.repeat(100) + ']'.repeat(100))), /nested too deeply/],
    [
      'a hash too many',
      (d) => Object.assign(d.tensors as object, { constructor: 'x' }),
      /tensor 'constructor' has changed/,
    ],
    ['an absurd network', (d) => (d.network = { ...network.spec, channels: 1e6 }), /network\.channels is 1000000/],
    ['no network', (d) => (d.network = {}), /network\.\w+ is undefined/],
  ])('refuses, with one clear error, metadata with %s', async (_, change, message) => {
    const path = await resealed(change);
    await expect(readCheckpoint(path)).rejects.toThrow(DataError);
    await expect(readCheckpoint(path)).rejects.toThrow(message);
  });

  /** Bytes with a header of one's own. */
  const withHeader = (header: object, dataBytes: number) => {
    const json = JSON.stringify(header);
    const bytes = Buffer.alloc(8 + json.length + dataBytes);
    bytes.writeBigUInt64LE(BigInt(json.length));
    bytes.write(json, 8);
    return bytes;
  };
  const tensor = (start: number, end: number) => ({
    dtype: 'F32',
    shape: [(end - start) / 4],
    data_offsets: [start, end],
  });

  it.each<[string, object, RegExp]>([
    ['twice over the same bytes', { a: tensor(0, 8), b: tensor(0, 8) }, /tensor 'b' overlaps another/],
    ['that overlap', { a: tensor(0, 8), b: tensor(4, 8) }, /tensor 'b' overlaps another/],
    ['with a gap before', { a: tensor(4, 8) }, /tensor 'a' leaves a gap/],
    ['with a gap between', { a: tensor(0, 4), b: tensor(8, 8) }, /tensor 'b' leaves a gap/],
    ['with a rest', { a: tensor(0, 4) }, /has 4 bytes that belong to no tensor/],
    ['beyond the end', { a: tensor(0, 12) }, /tensor 'a' does not lie within it/],
    ['of another shape', { a: { ...tensor(0, 8), shape: [3] } }, /tensor 'a' does not lie within it/],
    ['of another type', { a: { ...tensor(0, 8), dtype: ['F32'] } }, /header cannot be read/],
    ['of many axes', { a: { ...tensor(0, 8), shape: new Array(17).fill(1) } }, /header cannot be read/],
    [
      'by the thousands',
      Object.fromEntries([...Array(1001)].map((_, i) => [i, tensor(0, 0)])),
      /header cannot be read/,
    ],
  ])('refuses tensors %s', (_, header, message) => {
    expect(() => decodeTensors('file', withHeader(header, 8))).toThrow(message);
  });

  it('reads tensors in any order, and empty ones', () => {
    const { tensors } = decodeTensors('file', withHeader({ b: tensor(4, 8), a: tensor(0, 4), c: tensor(4, 4) }, 8));
    expect([...tensors].map(([name, { values }]) => [name, values.length])).toEqual([
      ['b', 1],
      ['a', 1],
      ['c', 0],
    ]);
  });

  it('refuses a header that gives a tensor as texts', async () => {
    const path = await temporaryFile('checkpoint.safetensors');
    const json = '{"x":{"a":"b"}} ';
    const bytes = Buffer.alloc(8 + json.length);
    bytes.writeBigUInt64LE(BigInt(json.length));
    bytes.write(json, 8);
    await writeFile(path, bytes);
    await expect(readCheckpoint(path)).rejects.toThrow(/its header cannot be read/);
  });

  it('is a safetensors file: header length, JSON, aligned little-endian floats', async () => {
    const bytes = await readFile(await saved());
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
    const { dtype, shape, data_offsets } = header.parameters;
    expect({ dtype, shape }).toEqual({ dtype: 'F32', shape: [network.parameterCount] });
    const { state } = await readCheckpoint(await saved());
    expect(bytes.readFloatLE(8 + length + data_offsets[0] + 4)).toBe(state.parameters[1]);
    expect(length % 8).toBe(0);
  });

  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['truncated', (path) => truncate(path, 700), /is not a whole safetensors file|truncated or damaged/],
    ['empty', (path) => truncate(path, 0), /is not a whole safetensors file/],
    ['garbage', (path) => writeFile(path, Buffer.alloc(900, 65)), /is not a whole safetensors file/],
    [
      'a flipped bit in the parameters',
      async (path) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 3]! ^= 16;
        await writeFile(path, bytes);
      },
      /is damaged: tensor 'parameters' has changed/,
    ],
  ])('refuses a file that is %s', async (_, damage, message) => {
    const path = await saved();
    await damage(path);
    await expect(readCheckpoint(path)).rejects.toThrow(message);
  });

  it('refuses a file that is missing', async () => {
    await expect(readCheckpoint('/nowhere/checkpoint')).rejects.toThrow('/nowhere/checkpoint: does not exist');
  });

  it('refuses to go on as another run, naming the difference', () => {
    const other = mnn({ ...network.spec, channels: 3 });
    expect(() => requireSameRun('c', info, info)).not.toThrow();
    expect(() => requireSameRun('c', info, { ...info, network: other })).toThrow(/network\.channels was 1, is now 3/);
    expect(() => requireSameRun('c', info, { ...info, plan: { ...plan, seed: 9 } })).toThrow(
      /plan\.seed was 5, is now 9/,
    );
    expect(() => requireSameRun('c', info, { ...info, origin: { dataset: 'x' } })).toThrow(
      /origin\.dataset was "test"/,
    );
  });
});
