import { wasmEngine } from '@dyadic/engine-wasm';
import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { it } from 'vitest';

const engine = await wasmEngine({ threads: 1 });
// `npm run test:conformance` asks for the whole product, `npm run test:all` for every fifth network: no option has five values.
const isWhole = process.env.DYADIC_CONFORMANCE === 'all';
const all = conformanceCases().filter((_, i) => isWhole || i % 5 === 0);
const TOGETHER = 100;

it.each(Array.from({ length: Math.ceil(all.length / TOGETHER) }, (_, part) => part * TOGETHER))(
  `agrees with the float64 reference on a hundred of ${isWhole ? 'all networks' : 'every fifth network'}, from %i on`,
  async (first) => {
    for (const one of all.slice(first, first + TOGETHER)) await checkConformance(engine, one);
  },
  600_000,
);
