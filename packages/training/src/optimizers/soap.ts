import { power } from '@dyadic/elementary';
import { type SoapMatrices, soapBytes, soapMatrices, sumOfSizes } from '@dyadic/engine-wasm';
import { ArgumentError, type CompleteOptions, completeOptions, type OptionsOf, type OptionTable } from '@dyadic/errors';
import type { Network, RotatedMatrix, UpdateFactors, UpdateRule } from '@dyadic/mnn';
import { ADAM_OPTIONS, type Optimizer, type OptimizerKind, WEIGHT_DECAY } from './optimizer.js';

const { beta1, beta2, epsilon } = ADAM_OPTIONS;

const OPTIONS = {
  beta1: { ...beta1, default: 0.95 },
  beta2: { ...beta2, default: 0.95, description: 'β₂, decay of the second moment and of the Gram matrices' },
  epsilon,
  ...WEIGHT_DECAY,
  refreshEvery: {
    type: 'integer',
    least: 1,
    default: 10,
    description: 'steps from one refresh of the bases to the next',
  },
  largestSide: {
    type: 'integer',
    least: 1,
    default: 256,
    description: 'sides of a weight matrix longer than this keep the identity as basis',
  },
} as const satisfies OptionTable;

export type SoapOptions = OptionsOf<typeof OPTIONS>;
type Settings = CompleteOptions<typeof OPTIONS>;

/**
 * SOAP, Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al., "SOAP: improving and stabilizing Shampoo using
 * Adam", 2024). The weight of a layer is a matrix W, out × window·in, one per site in local layers and per frequency in Fourier
 * layers, with gradient G:
 *
 *   L ← β₂ L + (1 − β₂) G Gᵀ,   R ← β₂ R + (1 − β₂) Gᵀ G
 *   G' = Q_Lᵀ G Q_R,   M' ← β₁ M' + (1 − β₁) G',   V ← β₂ V + (1 − β₂) G'²
 *   W ← W − η ( Q_L [ M' / (1 − β₁^t) / (√(V / (1 − β₂^t)) + ε) ] Q_Rᵀ + λ W )
 *
 * and every `refreshEvery` steps one power step brings the bases nearer to the eigenvectors: Q ← qr((L + δ) Q), likewise R. The
 * first moment is kept in the rotated coordinates and turned with the bases, which saves a projection a step. The first
 * gradient only starts the Gram matrices and bases, as in the authors' program. Biases have no matrix: for them this is
 * Adam.
 */
export class Soap implements Optimizer {
  readonly vectors: Readonly<Record<'firstMoment' | 'secondMoment' | 'grams' | 'bases', Float32Array>>;
  readonly #settings: Omit<Settings, 'largestSide'>;
  readonly #matrices: readonly RotatedMatrix[];
  readonly #state: SoapMatrices;
  #steps = 0;

  constructor(network: Network, options: SoapOptions = {}) {
    const { largestSide, ...settings } = completeOptions('optimizer', options, OPTIONS);
    this.#settings = settings;
    this.#matrices = requireRoom(network, largestSide).shapes.flatMap(eachCopy);
    this.#state = soapMatrices({ ...this.rule, matrices: this.#matrices }, network.parameterCount);
    this.vectors = this.#state.vectors;
  }

  get scalars(): Readonly<Record<string, number>> {
    return { steps: this.#steps };
  }

  /** Restores a saved state; the vectors must have been filled before. */
  set scalars({ steps }: Readonly<Record<string, number>>) {
    this.#steps = steps!;
    this.#state.restore();
  }

  get rule(): UpdateRule {
    const { beta1, beta2, epsilon, refreshEvery } = this.#settings;
    return { beta1, beta2, epsilon, refreshEvery, matrices: this.#matrices };
  }

  /** The first step has no factors: it moves nothing. */
  advance(learningRate: number): UpdateFactors {
    const { beta1, beta2, weightDecay } = this.#settings;
    const t = this.#steps++;
    const corrections =
      t === 0
        ? { moment: 0, second: 0 }
        : { moment: learningRate / (1 - power(beta1, t)), second: 1 / (1 - power(beta2, t)) };
    return { step: t, learningRate, shrink: 1 - learningRate * weightDecay, gradient: 0, ...corrections };
  }

  step(parameters: Float32Array, gradient: Float32Array, learningRate: number): void {
    this.#state.step(parameters, gradient, this.advance(learningRate));
  }
}

export const soap = {
  options: OPTIONS,
  stateShape(network, { largestSide }) {
    const { moments, squares } = requireRoom(network, largestSide);
    const vectors = { firstMoment: moments, secondMoment: moments, grams: squares, bases: squares };
    return { vectors, scalars: ['steps'] };
  },
  create: (network, settings) => new Soap(network, settings),
} as const satisfies OptimizerKind<Settings>;

/** What WebAssembly can address. */
const MOST_BYTES = 2 ** 32;

/** {@link layOut} for what WebAssembly can address. @throws ArgumentError naming the option that makes room */
function requireRoom(network: Network, largestSide: number) {
  const layout = layOut(network, largestSide);
  if (layout.bytes > MOST_BYTES) throw noRoom(network, largestSide, layout.bytes);
  return layout;
}

/** What the state of a network takes. */
function layOut(network: Network, largestSide: number) {
  const shapes = matrixShapes(network, largestSide);
  const sizes = sumOfSizes(shapes);
  return { shapes, ...sizes, bytes: soapBytes(sizes, network.parameterCount) };
}

/** Local layers have a matrix, and so bases, for every site, Fourier layers for every frequency: the bases are what takes the room. */
function noRoom(network: Network, largestSide: number, bytes: number): ArgumentError {
  const gib = (count: number) => `${(count / 2 ** 30).toFixed(1)} GiB`;
  const needs = (amount: number) => `the state would take ${gib(amount)} of at most ${gib(MOST_BYTES)}`;
  for (let side = Math.floor(largestSide / 2); side >= 1; side = Math.floor(side / 2)) {
    if (layOut(network, side).bytes <= MOST_BYTES)
      return new ArgumentError('optimizer.largestSide', largestSide, `less, such as ${side}: ${needs(bytes)}`);
  }
  const least = layOut(network, 1).bytes;
  return new ArgumentError(
    'optimizer.name',
    'soap',
    `another optimizer for this network: without bases ${needs(least)}`,
  );
}

/**
 * Matrices of equal shape that follow one another in the parameter vector: a local layer has one at every site, a Fourier layer
 * for every frequency.
 */
interface CopiedShape extends RotatedMatrix {
  readonly copies: number;
}

/** The matrices of a network's parameters: the weights of each layer, and its biases as one row without bases. */
function matrixShapes(network: Network, largestSide: number): CopiedShape[] {
  const basisSize = (side: number) => (side > 1 && side <= largestSide ? side : 0);
  return network.layers.flatMap(({ weight, bias }) => {
    const [rows, places, inputs] = weight.shape.slice(-3) as [number, number, number];
    const columns = places * inputs;
    const bases = { left: basisSize(rows), right: basisSize(columns) };
    const weights = { offset: weight.offset, rows, columns, ...bases, copies: weight.size / (rows * columns) };
    // A Fourier layer has no biases.
    if (bias.size === 0) return [weights];
    return [weights, { offset: bias.offset, rows: 1, columns: bias.size, left: 0, right: 0, copies: 1 }];
  });
}

function eachCopy({ copies, ...shape }: CopiedShape): RotatedMatrix[] {
  const size = shape.rows * shape.columns;
  return Array.from({ length: copies }, (_, copy) => ({ ...shape, offset: shape.offset + copy * size }));
}
