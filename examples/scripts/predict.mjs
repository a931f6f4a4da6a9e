// Predictions from a checkpoint, in the units of the data: node predict.mjs <run folder or checkpoint>
import { openModel } from '@dyadic/pipeline';

const model = await openModel(process.argv[2] ?? 'apps/nlse-1d/runs/quick', { engine: 'wasm' });
const { network, state, normalizers } = model.checkpoint;
console.log(`${network.parameterCount} parameters, best validation error ${state.bestError.toExponential(2)}`);

const [points] = network.shape;
const potential = Float32Array.from({ length: network.inputSize }, (_, i) => {
  const x = (i % points) / points - 0.5;
  return normalizers.input.shift - 20 * Math.exp(-(x ** 2) / 0.006);
});
const solution = await model.predict(potential);
console.log(`least ${Math.min(...solution).toFixed(4)}, greatest ${Math.max(...solution).toFixed(4)}`);
model.close();
