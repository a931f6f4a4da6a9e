// An engine of one's own: here the float64 reference behind the engine contract, checked by the conformance suite.
import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { apply, lossAndGradient } from '@dyadic/mnn/reference';

const referenceEngine = {
  name: 'reference',
  description: 'the float64 reference, site by site',
  open: async (network) => ({
    load: (samples) => structuredClone(samples),
    unload: () => {},
    async lossAndGradient(parameters, samples, indices, gradient, loss) {
      const found = lossAndGradient(network, parameters, samples, indices, loss);
      gradient.set(found.gradient);
      return found.loss;
    },
    async predict(parameters, inputs) {
      const { inputSize } = network;
      const one = (_, s) => [...apply(network, parameters, inputs.subarray(s * inputSize, (s + 1) * inputSize))];
      return Float32Array.from(Array.from({ length: inputs.length / inputSize }, one).flat());
    },
    close: () => {},
  }),
};

const cases = conformanceCases('pairs').slice(0, 20);
for (const one of cases) await checkConformance(referenceEngine, one);
console.log(`${referenceEngine.name}: ${cases.length} networks, values and gradients agree`);
