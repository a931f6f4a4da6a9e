/**
 * What the page and Node both compute with the installed packages: a solver of each kind, a training with SOAP on one
 * thread and on two, and a model from the bytes of its checkpoint, awaited and at once.
 */
import { wasmEngine } from '@dyadic/engine-wasm';
import { kohnShamMap } from '@dyadic/kohn-sham';
import { mnn } from '@dyadic/mnn';
import { groundState } from '@dyadic/nlse';
import { evaluatePotential, gaussianWells, samplePotential } from '@dyadic/potentials';
import { randomStream } from '@dyadic/random';
import { periodicGrid } from '@dyadic/spectral';
import { encodeCheckpoint, loadModel, loadModelSync, prepareSamples, train } from '@dyadic/training';

const POINTS = 64;
const COUNT = 24;

export async function probe() {
  const grid = periodicGrid({ dimension: 1, points: POINTS });
  const family = gaussianWells({ strength: [1, 4], variance: [0.002, 0.004], height: 'normal-density' });
  const potentials = Array.from({ length: COUNT }, (_, i) => evaluatePotential(samplePotential(family, 1, i), grid));
  const states = potentials.map((potential) => groundState(potential, grid));
  // From 16 electrons on the eigensolver works in WebAssembly.
  const crowded = kohnShamMap(potentials[0], grid, { electrons: 18 });

  const network = mnn({ points: POINTS, levels: 4, channels: 3, kernelLayers: 2, output: 'wavefunction' });
  const normalizers = { input: { shift: -3, scale: 12 }, output: { shift: 0, scale: 1 } };
  const flat = (fields) => Float32Array.from(fields.flatMap((field) => [...field]));
  const raw = { count: COUNT, inputs: flat(potentials), targets: flat(states.map(({ u }) => u)) };
  const samples = prepareSamples(network, raw, normalizers);
  const plan = {
    epochs: 5,
    batchSize: 6,
    seed: 1,
    optimizer: { name: 'soap' },
    schedule: { learningRate: 0.005 },
    augment: 'torus',
  };
  const trainings = [];
  for (const threads of [1, 2]) {
    const engine = await wasmEngine({ threads });
    const session = await engine.open(network);
    const state = await train({ network, session, train: samples, validation: samples, plan });
    session.close();
    const bytes = encodeCheckpoint({ network, plan, normalizers, origin: {}, engine: engine.name, state });
    const model = await loadModel(bytes, { engine });
    const predicted = await model.predict(potentials[3]);
    model.close();
    const atOnce = loadModelSync(bytes);
    const same = atOnce.predict(potentials[3]).every((value, i) => value === predicted[i]);
    atOnce.close();
    trainings.push({ engine: engine.description, checkpoint: digest(bytes), predicted: digest(predicted), same });
  }
  return {
    random: randomStream(7, 'probe').uniform(0, 1),
    statuses: [...new Set(states.map(({ status }) => status))].join(),
    energy: states[5].energy,
    crowded: { status: crowded.status, gap: crowded.gap },
    trainings,
  };
}

/** FNV-1a of the bytes. */
function digest({ buffer, byteOffset, byteLength }) {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 16777619) >>> 0, 2166136261);
}
