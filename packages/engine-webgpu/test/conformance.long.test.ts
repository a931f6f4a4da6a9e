import { mnn } from '@dyadic/mnn';
import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';
import { engineOrSkip } from './device.js';

/** A software adapter compiles the shaders of a large network for most of a minute. */
const LONGEST_MS = 180_000;

describe.each(['spread', 'tiles', 'workspace', 'workgroup'] as const)(
  'loss, gradient and predictions agree with the float64 reference: %s',
  async (form) => {
    const engine = await engineOrSkip({ form });
    if (!engine) return;
    // `npm run test:conformance` asks for all of them, `npm run test:all` for a part: a software adapter takes its time.
    const part = { spread: 3, tiles: 24, workspace: 7, workgroup: 28 }[form];
    const every = process.env.DYADIC_CONFORMANCE === 'all' ? 1 : part;
    // Shaders are compiled with the first network, which is not what a case's time is for.
    (await engine.open(mnn({ points: 8, levels: 2, channels: 1, kernelLayers: 1 }))).close();
    const cases = conformanceCases('pairs').filter((_, i) => i % every === 0);
    it.each(cases)('$name', (one) => checkConformance(engine, one), LONGEST_MS);
  },
);
