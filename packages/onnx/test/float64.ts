import { networkFromDocument } from '@dyadic/mnn';
import { type ConformanceCase, checkConformance } from '@dyadic/mnn/conformance';
import { exportedEngine, type Fields, VALUES } from './engine.js';
import { openModel } from './interpreter.js';

/** Exported graphs, their operators computed in float64. */
const interpreter = exportedEngine('the exported graph in float64', async (bytes, inputs, shape) => {
  const tensors = Object.entries(inputs).map(([name, values]) => [name, { shape, values: Float64Array.from(values) }]);
  const model = openModel(bytes);
  const values = model.run(Object.fromEntries(tensors));
  // Float64, as the comparison takes it.
  return Object.fromEntries(model.outputs.map((name) => [name, values.get(name)!.values])) as unknown as Fields;
});

/** Below −20 softplus is e^y to 1e-9. The waves of Fourier layers are float32 in the file, as in every engine. */
function tolerance({ network }: ConformanceCase): number {
  return networkFromDocument(network).layers.some(({ kind }) => kind === 'fourier') ? 1e-5 : 2e-9;
}

/** Most products of a Fourier layer in the float64 reference, which goes from every site to every other wave by wave. */
const MOST_PRODUCTS = 5e4;

/** Whether the float64 reference takes seconds. */
export function isSlow({ network }: ConformanceCase): boolean {
  return networkFromDocument(network).layers.some(
    ({ kind, sites, window, dimension, inputChannels, outputChannels }) => {
      return (
        kind === 'fourier' && (sites * sites * window) ** dimension * inputChannels * outputChannels > MOST_PRODUCTS
      );
    },
  );
}

/** Holds an exported graph against the float64 reference. @throws ConformanceError */
export function checkExported(one: ConformanceCase): Promise<void> {
  return checkConformance(interpreter, one, { ...VALUES, values: tolerance(one) });
}
