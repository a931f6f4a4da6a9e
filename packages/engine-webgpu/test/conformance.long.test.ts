import { networkFromDocument } from '@dyadic/mnn';
import { type ConformanceCase, checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, expect, it } from 'vitest';
import { engineOrSkip } from './device.js';

describe.each(['spread', 'workspace', 'workgroup'] as const)(
  'loss, gradient and predictions agree with the float64 reference: %s',
  async (form) => {
    const engine = await engineOrSkip({ form });
    if (!engine) return;
    // `npm run test:conformance` asks for all of them, `npm run test:all` for a part: a software adapter takes its time.
    const every = process.env.DYADIC_CONFORMANCE === 'all' ? 1 : form === 'spread' ? 2 : 5;
    const cases = conformanceCases('pairs').filter((_, i) => i % every === 0);
    it.each(cases.filter((one) => !crossesSites(one)))('$name', (one) => checkConformance(engine, one));
    it.each(cases.filter(crossesSites))('refuses $name, which it cannot compute yet', async (one) => {
      await expect(checkConformance(engine, one)).rejects.toThrow('use engine-wasm for H² and wavelet networks');
    });
  },
);

/** Whether layers read or add what is on other sites, in two or three dimensions. */
function crossesSites({ network: document }: ConformanceCase): boolean {
  const { dimension, branches } = networkFromDocument(document);
  return dimension > 1 && branches.some(({ boxes, layers }) => layers.some(({ sites }) => sites !== boxes));
}
