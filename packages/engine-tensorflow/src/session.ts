import { ArgumentError, DyadicError, requireLength, requireOneOf } from '@dyadic/errors';
import {
  LOSS_POWERS,
  LOSSES,
  type LoadedSamples,
  type Loss,
  type Network,
  requireIndices,
  requireInputs,
  requireSamples,
  type Samples,
  type Session,
} from '@dyadic/mnn';
import { Model } from './model.js';
import { type Runtime, resume } from './tfjs.js';

/** Inputs or outputs per chunk of a prediction: bounds the memory of the activations. */
const PREDICTION_CHUNK = 2 ** 20;

/** Samples on the host: a batch is small, and the whole set need not fit on the device. */
class HostSamples implements LoadedSamples {
  readonly count: number;
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  readonly weights: Float32Array;

  constructor({ count, inputs, targets, weights }: Samples) {
    this.count = count;
    this.inputs = inputs.slice();
    this.targets = targets.slice();
    this.weights = weights.slice();
  }
}

/** A network opened on one TensorFlow.js backend; {@link Session} documents the methods. */
export class TensorflowSession implements Session {
  readonly #runtime: Runtime;
  readonly #network: Network;
  readonly #model: Model;
  readonly #loaded = new Set<LoadedSamples>();
  #closed = false;

  constructor(runtime: Runtime, network: Network) {
    this.#runtime = runtime;
    this.#network = network;
    this.#model = new Model(runtime, network);
  }

  load(samples: Samples): LoadedSamples {
    this.#requireOpen();
    requireSamples(this.#network, samples);
    const loaded = new HostSamples(samples);
    this.#loaded.add(loaded);
    return loaded;
  }

  unload(samples: LoadedSamples): void {
    this.#loaded.delete(samples);
  }

  async lossAndGradient(
    parameters: Float32Array,
    samples: LoadedSamples,
    indices: Uint32Array,
    gradient: Float32Array,
    loss: Loss = 'squared-error',
  ): Promise<number> {
    this.#requireOpen();
    const root = LOSS_POWERS[requireOneOf<Loss>('loss', loss, LOSSES)] === 1;
    const { inputSize, outputSize, outputs, parameterCount } = this.#network;
    requireLength('parameters', parameters, parameterCount);
    requireLength('gradient', gradient, parameterCount);
    if (!this.#loaded.has(samples) || !(samples instanceof HostSamples)) {
      throw new ArgumentError('samples', samples, 'samples that this session has loaded and not unloaded');
    }
    requireIndices(indices, samples.count);
    const batch = indices.length;
    const divisor = root ? batch * batch : batch;
    const scale = selectRows(samples.weights, outputs, indices).map((weight) => weight / divisor);
    const inputs = selectRows(samples.inputs, inputSize, indices);
    const targets = selectRows(samples.targets, outputSize, indices);
    const { tf } = this.#runtime;
    resume(this.#runtime);
    const result = tf.tidy(() =>
      this.#model.errorsAndGradient(
        parameters,
        tf.tensor2d(inputs, [batch, inputSize]),
        tf.tensor2d(targets, [batch, outputSize]),
        tf.tensor2d(scale, [batch, outputs]),
        root,
      ),
    );
    const numbers = await result.data<'float32'>().finally(() => result.dispose());
    this.#model.writeGradient(numbers, batch * outputs, gradient);
    let sum = 0;
    for (let s = 0; s < batch; s++) {
      let square = 0;
      for (let c = 0; c < outputs; c++) {
        const weight = samples.weights[indices[s]! * outputs + c]! / divisor;
        square += weight * numbers[s * outputs + c]!;
      }
      sum += root ? Math.sqrt(square) : square;
    }
    return sum;
  }

  async predict(parameters: Float32Array, inputs: Float32Array): Promise<Float32Array> {
    this.#requireOpen();
    const { inputSize, outputSize, parameterCount } = this.#network;
    requireLength('parameters', parameters, parameterCount);
    const count = requireInputs(this.#network, inputs);
    const outputs = new Float32Array(count * outputSize);
    const chunk = Math.max(1, Math.floor(PREDICTION_CHUNK / Math.max(inputSize, outputSize)));
    const { tf } = this.#runtime;
    for (let first = 0; first < count; first += chunk) {
      const batch = Math.min(chunk, count - first);
      const rows = inputs.slice(first * inputSize, (first + batch) * inputSize);
      resume(this.#runtime);
      const result = tf.tidy(() => this.#model.predict(parameters, tf.tensor2d(rows, [batch, inputSize])));
      outputs.set(await result.data<'float32'>().finally(() => result.dispose()), first * outputSize);
    }
    return outputs;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#loaded.clear();
    this.#model.dispose();
  }

  #requireOpen(): void {
    if (this.#closed) throw new DyadicError('session-closed', 'this session of the tensorflow engine is closed');
  }
}

function selectRows(values: Float32Array, size: number, indices: Uint32Array): Float32Array {
  const rows = new Float32Array(indices.length * size);
  indices.forEach((sample, row) => {
    rows.set(values.subarray(sample * size, (sample + 1) * size), row * size);
  });
  return rows;
}
