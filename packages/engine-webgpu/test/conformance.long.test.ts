import { networkFromDocument } from '@dyadic/mnn';
import { type ConformanceCase, checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, expect, it } from 'vitest';
import { engineOrSkip } from './device.js';

describe.each(['spread', 'workspace', 'workgroup'] as const)(
  'loss, gradient and predictions agree with the float64 reference: %s',
  async (form) => {
    const engine = await engineOrSkip({ form });
    if (!engine) return;
    const isH2 = ({ network }: ConformanceCase) => 'structure' in network && network.structure === 'h2';
    const hasWaves = ({ network }: ConformanceCase) =>
      networkFromDocument(network).layers.some(
        ({ kind, addsWithin }) => kind === 'fourier' || addsWithin !== undefined,
      );
    const cases = conformanceCases('pairs').filter((one) => !hasWaves(one));
    it.each(cases.filter((one) => !isH2(one)))('$name', (one) => checkConformance(engine, one));
    it.each(cases.filter(isH2))('refuses $name, which it cannot compute yet', async (one) => {
      await expect(checkConformance(engine, one)).rejects.toThrow('branches whose layers are all of one level');
    });
    it.each(conformanceCases('pairs').filter(hasWaves))('refuses $name, which it cannot compute yet', async (one) => {
      await expect(checkConformance(engine, one)).rejects.toThrow('use engine-wasm');
    });
  },
);
