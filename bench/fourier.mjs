/**
 * `npm run bench:fourier`: training rates of Fourier networks in engine-wasm, and in JAX where `--python` has it, interleaved: of
 * several rounds the best of each. Options: --python <interpreter>, --threads <count>, --seconds <per measurement>, --rounds <count>,
 * --activation softplus (default) or squareplus, --case <number> of those below.
 */
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import { fourierNetwork, initialParameters } from '@dyadic/mnn';
import { table, tableText } from '@dyadic/report';
import { askPeer } from './peer.mjs';
import { bestTime, randomSamples } from './timing.mjs';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    activation: { type: 'string', default: 'softplus' },
    case: { type: 'string', multiple: true, default: ['0', '1', '2'] },
  },
});
const [threads, seconds, rounds] = [options.threads, options.seconds, options.rounds].map(Number);

const CASES = [
  { dimension: 1, points: 320, modes: 16, width: 8, layers: 4, batch: 10 },
  { dimension: 1, points: 320, modes: 16, width: 32, layers: 4, batch: 40 },
  { dimension: 2, points: 80, modes: 8, width: 8, layers: 4, batch: 20 },
];

async function measure(engine, { batch, ...sizes }) {
  const network = fourierNetwork({ structure: 'fourier', activation: options.activation, ...sizes });
  const session = await engine.open(network);
  const loaded = session.load(randomSamples(network, batch));
  const [parameters, gradient] = [initialParameters(network, 1), new Float32Array(network.parameterCount)];
  const indices = Uint32Array.from({ length: batch }, (_, i) => i);
  const time = await bestTime(() => session.lossAndGradient(parameters, loaded, indices, gradient), seconds);
  session.close();
  return { parameters: network.parameterCount, rate: batch / time };
}

const engine = await wasmEngine({ threads });
const rows = [];
for (const sizes of options.case.map((number) => CASES[number])) {
  let [wasm, jax, parameters, skipped] = [0, 0, 0, undefined];
  for (let round = 0; round < rounds; round++) {
    const ours = await measure(engine, sizes);
    [wasm, parameters] = [Math.max(wasm, ours.rate), ours.parameters];
    const peer = askPeer(options.python, 'jax_fourier.py', {
      ...sizes,
      activation: options.activation,
      threads,
      seconds,
    });
    skipped = peer.skipped;
    if (skipped) break;
    jax = Math.max(jax, peer.samplesPerSecond);
  }
  const { dimension, points, modes, width, layers, batch } = sizes;
  const name = `${dimension}D, N = ${points}, M = ${modes}, α = ${width}, K = ${layers}, batch ${batch}`;
  rows.push([name, parameters, Math.round(wasm), skipped ? null : Math.round(jax), skipped ? null : wasm / jax]);
  if (skipped) console.error(`without JAX: ${skipped}`);
}
console.log(
  tableText(
    table({
      caption: `Loss and gradient of Fourier networks with ${options.activation}, samples per second on ${threads} threads`,
      columns: [
        { title: 'network' },
        { title: 'parameters', format: 'integer' },
        { title: 'engine-wasm', format: 'integer' },
        { title: 'JAX, jit', format: 'integer' },
        { title: 'ratio', format: 'ratio' },
      ],
      rows,
    }),
  ),
);
