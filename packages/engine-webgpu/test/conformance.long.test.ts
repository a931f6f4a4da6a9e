import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';
import { engineOrSkip } from './device.js';

describe.each(['spread', 'tiles', 'workspace', 'workgroup'] as const)(
  'loss, gradient and predictions agree with the float64 reference: %s',
  async (form) => {
    const engine = await engineOrSkip({ form });
    if (!engine) return;
    // `npm run test:conformance` asks for all of them, `npm run test:all` for a part: a software adapter takes its time.
    const every = process.env.DYADIC_CONFORMANCE === 'all' ? 1 : form === 'spread' ? 3 : 7;
    const cases = conformanceCases('pairs').filter((_, i) => i % every === 0);
    it.each(cases)('$name', (one) => checkConformance(engine, one));
  },
);
