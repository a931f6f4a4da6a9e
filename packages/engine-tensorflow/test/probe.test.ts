import { lossAndGradient } from '@dyadic/mnn/reference';
import { describe, expect, it } from 'vitest';
import { PROBE_CASES, probeData, projected } from '../src/probe.js';

describe('the numbers a backend must reproduce are right', () => {
  it.each(PROBE_CASES)('$options', (probeCase) => {
    const { network, samples, parameters } = probeData(probeCase);
    const { loss, gradient } = lossAndGradient(network, parameters, samples, [0, 1]);
    expect(probeCase.loss).toBeCloseTo(loss, 6);
    expect(probeCase.gradient).toBeCloseTo(projected(gradient), 4);
  });
});
