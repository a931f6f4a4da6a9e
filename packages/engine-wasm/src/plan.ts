/** A compiled network as plain numbers, which every thread receives. */
import type { Epilogue } from './epilogue.js';

/** A patch as the kernels take it: address of its table, and its extents. */
export interface PatchPlan {
  readonly table: number;
  readonly places: number;
  readonly channels: number;
}

/** One product of weights with gathered inputs. */
export interface ProductPlan {
  readonly sites: number;
  readonly from: PatchPlan;
  /** Address of the runs of `from`, where the weights are shared. */
  readonly runs: number;
  readonly to: PatchPlan;
  /** Address of the packed weights. */
  readonly weights: number;
  /** Address of the packed biases, or of zeros. */
  readonly bias: number;
  /** What is done with a finished sum. */
  readonly epilogue: Epilogue;
}

/** A pass over all channels of all sites, without weights: y[s] = epilogue(Σ_j x[in(s, j)]). Offsets in a workspace. */
export interface PassPlan {
  readonly x: number;
  /** Address of the table of in(s, j). */
  readonly table: number;
  readonly places: number;
  readonly channels: number;
  readonly sites: number;
  readonly y: number;
  /** What a slope is taken from. */
  readonly activated: number;
  readonly epilogue: Epilogue;
}

/** The gradient of the loss with respect to the output of the layer that a layer reads. */
export interface BackwardPlan extends ProductPlan {
  /** Where the product puts it; offset in a workspace. */
  readonly gradient: number;
  /** What then brings it to where it belongs, where that is elsewhere. */
  readonly passes: readonly PassPlan[];
}

/** Where the tables and transformed weights of a layer by Winograd's algorithm lie: addresses, except `gradient`. */
export interface WinogradPlan {
  readonly count: number;
  /** Tiles of a group. */
  readonly group: number;
  /** Byte offsets of the 16 sites of each patch, in inputs and in outputs of the layer. */
  readonly inputPatches: number;
  readonly outputPatches: number;
  /** Byte offsets of the four sites of each tile, in inputs and in outputs. */
  readonly inputTiles: number;
  readonly outputTiles: number;
  /** Tables of a group's own channels: runs and offsets of the inputs, and of the outputs. */
  readonly inputRuns: number;
  readonly outputRuns: number;
  readonly inputOwn: number;
  readonly outputOwn: number;
  /** Offsets of the own inputs of all tiles. */
  readonly columns: number;
  /** Address of the transformed weights, forward and backward. */
  readonly forward: number;
  readonly backward: number;
  /** Offset in a slot of the gradient of the transformed weights. */
  readonly gradient: number;
}

/** Addresses of the tables of a Fourier layer's transforms along an axis. */
export interface TransformPlan {
  readonly analysis: number;
  readonly synthesis: number;
}

/** What a Fourier layer is computed with; `spectrum` and what follows are offsets in a workspace. */
export interface FourierPlan {
  readonly dimension: number;
  readonly sites: number;
  /** Waves per axis, 2M − 1, and pairs of frequencies κ, −κ. */
  readonly width: number;
  readonly frequencies: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly folded: boolean;
  readonly forward: TransformPlan;
  /** Of the gradient, from the output to the input. */
  readonly backward: TransformPlan;
  /** Addresses, by number of channels, of the tables to and from products of waves; absent in 1D, where there are no products. */
  readonly mix?: {
    readonly terms: number;
    readonly to: Readonly<Record<number, number>>;
    readonly from: Readonly<Record<number, number>>;
  };
  /** The spectrum of the input. */
  readonly spectrum: number;
  /** That of the gradient with respect to z, and another. */
  readonly slopes: number;
  readonly product: number;
  /** Numbers that are transformed along some axes, and those of one fold. */
  readonly buffers: readonly [number, number];
  readonly scratch: number;
}

/** A compiled layer. `input`, `output` and `delta` are offsets in a thread's workspace. */
export interface LayerPlan {
  readonly local: boolean;
  readonly sites: number;
  readonly input: number;
  readonly output: number;
  readonly forward: ProductPlan;
  /** Passes before it, where an output is added within φ. */
  readonly passesBefore: readonly PassPlan[];
  /** Passes after the forward product, where the layer adds the output of another to its own. */
  readonly passes: readonly PassPlan[];
  /** The gradient of the loss with respect to z, the layer's output being φ(z). */
  readonly delta: number;
  /**
   * Passes that make it of the gradient with respect to the output, where no product has, and bring either to layers whose
   * outputs are added.
   */
  readonly deltaPasses: readonly PassPlan[];
  /** Absent where the input is the network's. */
  readonly backward?: BackwardPlan;
  /** Whether the rows of the weight gradient are the inputs (interpolation) rather than the outputs. */
  readonly rowsAreInputs: boolean;
  /** Present where the layer is computed by Winograd's algorithm. */
  readonly winograd?: WinogradPlan;
  /** Present in a Fourier layer. */
  readonly fourier?: FourierPlan;
  /** Address of the table of the columns of the weight gradient. */
  readonly columns: number;
  /** Offsets in a slot. */
  readonly weightGradient: number;
  readonly biasGradient: number;
}

/** A permutation of floats: `count` of them at `to`, taken by the indices at `map`. */
export interface PermutationPlan {
  readonly to: number;
  readonly map: number;
  readonly count: number;
}

/** The output stages of all groups of fields, where they do anything, as offsets in a workspace. */
export interface StagesPlan {
  /** f, the network's output. */
  readonly values: number;
  /** g, the gradient of the loss with respect to f. */
  readonly gradient: number;
  readonly groups: readonly StagePlan[];
}

/** What is done to the numbers of a group of fields: `size` vectors, the first of which is number `first`. */
export type StagePlan = { readonly first: number; readonly size: number } & (
  | { readonly kind: 'identity'; readonly forward: PassPlan; readonly backward: PassPlan }
  | { readonly kind: 'mean' }
  /** f = s / mean(s^p)^(1/p), s = softplus(y), p the power: 1 for `density`, 2 for `wavefunction`. */
  | { readonly kind: 'normalized'; readonly power: number }
);

/** How the output of the boxes becomes a sample, where that is more than a permutation, and the way back. */
export interface CropPlan {
  readonly forward: PassPlan;
  readonly backward: PassPlan;
}

/** A compiled network. */
export interface Plan {
  /** Bytes of the arena. */
  readonly bytes: number;
  /** Numbers in an input sample, and in an output sample of so many fields. */
  readonly inputSize: number;
  readonly outputSize: number;
  readonly outputs: number;
  readonly parameterCount: number;
  readonly branches: readonly (readonly LayerPlan[])[];
  readonly control: number;
  /** Addresses of the byte offsets, in a sample, of the numbers in the order of `received` and of `sum`. */
  readonly inputOrder: number;
  readonly outputOrder: number;
  readonly parameters: number;
  /** Where parameters arrive, before they are compared with those that are packed. */
  readonly arriving: number;
  /** From the parameters to the packed weights of the forward and the backward pass. */
  readonly packForward: PermutationPlan;
  readonly packBackward: PermutationPlan;
  /** From a slot to the gradient. */
  readonly unpack: PermutationPlan;
  /** Gradients, of `slotFloats` numbers in the kernels' order, and losses of the parts of a batch. */
  readonly slots: number;
  readonly slotCount: number;
  readonly slotFloats: number;
  readonly slotBytes: number;
  readonly losses: number;
  /** Samples that `predict` holds at a time, a multiple of the lanes; addresses of their inputs and outputs. */
  readonly windowCount: number;
  readonly windowInputs: number;
  readonly windowOutputs: number;
  /** Indices 0, 1, …, windowCount − 1. */
  readonly windowIndices: number;
  /** First workspace, and bytes of each. */
  readonly workspace: number;
  readonly workspaceBytes: number;
  /** Offset in a workspace of what arrives of a sample: the input of the branches, unless `pad` makes that of it. */
  readonly received: number;
  readonly pad?: PassPlan;
  /** y, the sum of the branches, cropped; in the backward pass the gradient of the loss with respect to it. */
  readonly sum: number;
  /** Present where y is not the output of the branches itself, which are the numbers of one field. */
  readonly crop?: CropPlan;
  /** Present where an output stage is not `linear`. */
  readonly stages?: StagesPlan;
  /** Transformed inputs and outputs of tiles. */
  readonly frequencies: readonly [number, number];
  /** Address of zeros, as many as a product has outputs. */
  readonly zeros: number;
}
