/** What needs no device; the tests on one are in the files `*.long.test.ts`. */
import { webgpuEngine } from '@dyadic/engine-webgpu';
import { fourierNetwork, kernelWindows, mnn } from '@dyadic/mnn';
import { optimizer } from '@dyadic/training';
import { describe, expect, it } from 'vitest';
import { fourierOperators } from '../src/fourier.js';
import { compile } from '../src/plan.js';
import { DUE, layOut } from '../src/soap-layout.js';
import { NONE, transposedWindows } from '../src/tables.js';
import { randomSamples, range } from './problem.js';

describe('webgpuEngine', () => {
  it('without a device says so', async () => {
    const gpu = { requestAdapter: async () => null };
    await expect(webgpuEngine({ gpu })).rejects.toThrow('no graphics device: WebGPU finds none here');
  });

  it.each<[object, string]>([
    [{ form: 'fused' }, "webgpuEngine.form is 'fused'; expected one of 'workgroup', 'workspace', 'spread'"],
    [{ threads: 2 }, 'webgpuEngine.threads'],
  ])('refuses %o', async (options, message) => {
    await expect(webgpuEngine(options)).rejects.toThrow(message);
  });
});

describe('the cosines and sines of a Fourier layer', () => {
  it.each([2, 3] as const)('are sums of products of those along the axes: %iD', (dimension) => {
    const spec = { structure: 'fourier', dimension, points: 8, modes: 3, width: 2, layers: 1 } as const;
    const layer = fourierNetwork(spec).layers.find(({ kind }) => kind === 'fourier')!;
    const combination = fourierOperators(layer).map(([operator]) => operator)[dimension]!;
    if (combination.kind !== 'combination') throw new Error(combination.kind);
    const point = [0.3, 1.7, 2.9].slice(0, dimension);
    const frequencies = [...Array(5 ** dimension).keys()].map((slot) =>
      point.map((_, a) => (Math.floor(slot / 5 ** (dimension - 1 - a)) % 5) - 2),
    );
    const products = frequencies.map((kappa) =>
      kappa.reduce((product, k, a) => product * (k < 0 ? Math.sin(-k * point[a]!) : Math.cos(k * point[a]!)), 1),
    );
    const { table, terms } = combination;
    frequencies.forEach((kappa, slot) => {
      const value = [...table.subarray(slot * terms, (slot + 1) * terms)].reduce((sum, term) => {
        if (term === NONE) return sum;
        return sum + (term >= 2 ** 31 ? -products[term - 2 ** 31]! : products[term]!);
      }, 0);
      const angle = kappa.reduce((sum, k, a) => sum + k * point[a]!, 0);
      const isSine = (kappa.find((k) => k !== 0) ?? 0) < 0;
      expect(value).toBeCloseTo(isSine ? Math.sin(-angle) : Math.cos(angle), 12);
    });
  });
});

describe('the transpose of a layer', () => {
  it.each(['periodic', 'zero', 'reflect'] as const)('has the windows that hold each site: %s', (padding) => {
    const network = mnn({ dimension: 2, points: 16, levels: 3, channels: 2, kernelLayers: 1, padding });
    for (const layer of network.layers.filter(({ kind }) => kind === 'kernel')) {
      const places = layer.window ** 2;
      const pairs = [...kernelWindows(layer)].flatMap((site, k) => (site < 0 ? [] : [`${site} ${k}`]));
      const { places: entries, offsets } = transposedWindows(layer);
      const found = [...offsets].flatMap((offset, k) => {
        if (offset === NONE) return [];
        const [site, entry] = [Math.floor(k / entries), k % entries];
        const place = Math.floor((entry * places) / entries);
        return `${site} ${(offset / layer.outputChannels) * places + place}`;
      });
      expect(found.sort()).toEqual(pairs.sort());
    }
  });
});

describe('a step with SOAP, gradient and optimizer', () => {
  it.each([
    ['1D', { points: 320, levels: 6, channels: 6, kernelLayers: 5 }, 9 + 4],
    ['2D', { dimension: 2, points: 80, levels: 4, channels: 6, kernelLayers: 5 }, 26 + 19],
  ] as const)('is few dispatches, as encoded for a device that computes nothing: %s', async (_, options, expected) => {
    const idle = new URL('../../../scripts/gpu/idle-device.mjs', import.meta.url).href;
    const { idleGpu } = (await import(idle)) as { idleGpu(): object };
    const engine = await webgpuEngine({ gpu: idleGpu() });
    const network = mnn(options);
    const session = await engine.open(network);
    const samples = session.load(randomSamples(network, 10));
    const rule = optimizer(network, { name: 'soap' });
    const descent = (await session.descend(rule.rule!))!;
    const steps = [rule.advance!(0.01), rule.advance!(0.01)];
    await descent.run(
      samples,
      range(20).map((i) => i % 10),
      10,
      steps,
    );
    // All bases turn after the first step, and none after the second.
    expect(session.dispatches).toBe(expected);
    session.close();
  });
});

describe('the tasks of SOAP', () => {
  it('turn every base once in as many steps as there are from turn to turn', () => {
    const network = mnn({ points: 320, levels: 6, channels: 6, kernelLayers: 5 });
    const { rule, vectors } = optimizer(network, { name: 'soap', refreshEvery: 7 });
    const { tasks, vectors: places, size } = layOut(rule!, network.parameterCount);
    for (const { name, size } of places) expect(size).toBe(vectors[name]!.length);
    expect(size % 4).toBe(0);
    const all = tasks!.due(0)!;
    const turns = [1, 2, 3, 4, 5, 6, 7].flatMap((step) => tasks!.due(step) ?? []);
    for (const list of DUE) {
      const { start, count } = all.lists[list];
      const pieces = turns.map(({ lists }) => lists[list]).sort((a, b) => a.start - b.start);
      let next = start;
      for (const piece of pieces) {
        expect(piece.start).toBe(next);
        next += 4 * piece.count;
      }
      expect(next).toBe(start + 4 * count);
    }
    expect(all.side).toBe(80);
    // Slabs of 64 columns.
    const sides = rule!.matrices!.flatMap(({ left, right }) => [left, right]);
    expect(all.lists.factor.count).toBe(sides.reduce((sum, side) => sum + Math.ceil(side / 64), 0));
    // Step t turns the matrices i with t + i divisible by 7.
    const due = rule!.matrices!.filter(({ left, right }, i) => left + right > 0 && (3 + i) % 7 === 0);
    const turned = due.flatMap(({ left, right }) => [left, right]);
    expect(tasks!.due(3)!.side).toBe(Math.max(...turned));
    expect(tasks!.due(3)!.lists.factor.count).toBe(turned.reduce((sum, side) => sum + Math.ceil(side / 64), 0));
  });
});

describe('a plan', () => {
  it('of the paper’s network in 1D fits in 32 KiB of workgroup memory, and has a stage for each depth', () => {
    const plan = compile(mnn({ points: 320, levels: 6, channels: 6, kernelLayers: 5 }), 32);
    expect(plan.activations).toBe(2 * 320 + 4 + 6 * 6 * (4 + 8 + 16 + 32 + 64) + 5 * 320);
    expect(4 * plan.activations).toBeLessThan(32_768 - 4 * 512);
    expect(plan.forward.length).toBe(7);
    expect(plan.tables.includes(NONE)).toBe(true);
  });

  it('refuses a layer that no stage does', () => {
    const network = mnn({ points: 16, levels: 2, channels: 2, kernelLayers: 1 });
    const [first, ...others] = network.branches;
    const layers = first!.layers.map((layer) => ({ ...layer, activation: 'tanh' as const }));
    const wrong = { ...network, branches: [{ ...first!, layers }, ...others] };
    expect(() => compile(wrong, 32)).toThrow(
      "layer level-2/interpolation is 'interpolation'; expected an interpolation",
    );
  });
});
