/** What needs no device; the tests on one are in the files `*.long.test.ts`. */
import { webgpuEngine } from '@dyadic/engine-webgpu';
import { fourierNetwork, kernelWindows, mnn } from '@dyadic/mnn';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/plan.js';
import { NONE, transposedOffsets } from '../src/tables.js';

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

describe('a Fourier network', () => {
  it('is refused by name', () => {
    const network = fourierNetwork({ structure: 'fourier', points: 16, modes: 3, width: 2, layers: 1 });
    expect(() => compile(network, 32)).toThrow("layer layer-1/fourier is 'fourier'; expected no Fourier layer");
  });
});

describe('the transpose of a layer', () => {
  it.each(['periodic', 'zero', 'reflect'] as const)('has the windows that hold each site: %s', (padding) => {
    const network = mnn({ dimension: 2, points: 16, levels: 3, channels: 2, kernelLayers: 1, padding });
    for (const layer of network.layers.filter(({ kind }) => kind === 'kernel')) {
      const sites = layer.sites ** 2;
      const places = layer.window ** 2;
      const pairs = [...kernelWindows(layer)].flatMap((site, k) => (site < 0 ? [] : [`${site} ${k}`]));
      const table = transposedOffsets(layer);
      const found: string[] = [];
      for (let site = 0; site < sites; site++) {
        for (let e = sites + 1 + table[site]!; e < sites + 1 + table[site + 1]!; e += 2) {
          const window = table[e]! / layer.outputChannels;
          found.push(`${site} ${window * places + table[e + 1]! / layer.inputChannels}`);
        }
      }
      expect(found.sort()).toEqual(pairs.sort());
    }
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
