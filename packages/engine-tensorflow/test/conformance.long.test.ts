import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { it } from 'vitest';
import { tensorflowEngine } from '../src/index.js';

const engine = await tensorflowEngine({ backend: 'wasm' });
const all = conformanceCases();
const TOGETHER = 100;

it.each(Array.from({ length: Math.ceil(all.length / TOGETHER) }, (_, part) => part * TOGETHER))(
  'agrees with the float64 reference on a hundred of all networks, from %i on',
  async (first) => {
    for (const one of all.slice(first, first + TOGETHER)) await checkConformance(engine, one);
  },
  600_000,
);
