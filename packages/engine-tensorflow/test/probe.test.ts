import { describe, expect, it } from 'vitest';
import { PROBE_CASES, probeData, projected } from '../src/probe.js';
import { referenceDerivative, referenceLoss } from './reference.js';

describe('the numbers a backend must reproduce are right', () => {
  it.each(PROBE_CASES)('$options', (probeCase) => {
    const { network, samples, parameters } = probeData(probeCase);
    const derivatives = Array.from(parameters, (_, i) => referenceDerivative(network, parameters, samples, [0, 1], i));
    expect(probeCase.loss).toBeCloseTo(referenceLoss(network, parameters, samples, [0, 1]), 6);
    expect(probeCase.gradient).toBeCloseTo(projected(derivatives), 4);
  });
});
