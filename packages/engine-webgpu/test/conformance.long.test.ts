import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';
import { engineOrSkip } from './device.js';

describe.each(['spread', 'workspace', 'workgroup'] as const)(
  'loss, gradient and predictions agree with the float64 reference: %s',
  async (form) => {
    const engine = await engineOrSkip({ form });
    if (!engine) return;
    it.each(conformanceCases('pairs'))('$name', (conformanceCase) => checkConformance(engine, conformanceCase));
  },
);
