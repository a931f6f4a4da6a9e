import { type ConformanceCase, checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';
import { tensorflowEngine } from '../src/index.js';

const [wasm, cpu] = await Promise.all((['wasm', 'cpu'] as const).map((backend) => tensorflowEngine({ backend })));

/**
 * The wasm backend of TensorFlow.js sums in float32, and where thousands of terms cancel it loses digits that its cpu backend
 * keeps: 1.7e-3 for one bias of a wavefunction in 3D, of all networks. Such a gradient must be right on cpu.
 */
async function check(one: ConformanceCase): Promise<void> {
  await checkConformance(wasm!, one, { gradient: 5e-3 });
  await checkConformance(wasm!, one).catch(() => checkConformance(cpu!, one));
}

// The whole product takes minutes here: `npm run test:conformance` asks for it, `npm run test:all` for every eleventh network.
const isWhole = process.env.DYADIC_CONFORMANCE === 'all';
const all = conformanceCases().filter((_, i) => isWhole || i % 11 === 0);
const TOGETHER = 100;

it.each(Array.from({ length: Math.ceil(all.length / TOGETHER) }, (_, part) => part * TOGETHER))(
  `agrees with the float64 reference on a hundred of ${isWhole ? 'all networks' : 'every eleventh network'}, from %i on`,
  async (first) => {
    for (const one of all.slice(first, first + TOGETHER)) await check(one);
  },
  600_000,
);

// `npm test` has these on the wasm backend.
describe('loss, gradient and predictions agree with the float64 reference on cpu', () => {
  it.each(conformanceCases('pairs'))('$name', (one) => checkConformance(cpu!, one));
});
