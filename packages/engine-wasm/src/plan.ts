import { ArgumentError } from '@dyadic/errors';
import { type Activation, blockOrder, type Layer, type Network } from '@dyadic/mnn';
import { LANES, VECTOR } from './lanes.js';
import { Arena, requireAddressable } from './memory.js';
import { Packing } from './packing.js';
import { inFours, ownPatch, type Patch, patchTable, placeTable, runTable } from './tables.js';
import { FREQUENCIES, type TilesPlan, takesTiles, tileCounts, tileTable } from './tiles.js';
import { backwardWiring } from './wiring.js';

/** What a product does with its sums; the numbers are those of `assembly/activation.ts`. */
export const FINISH = { store: 0, relu: 1, tanh: 2, softplus: 3, add: 4 } as const;
const FORWARD: Record<Activation, number> = { linear: FINISH.store, relu: 1, tanh: 2, softplus: 3 };
const SLOPE: Record<Activation, number> = { linear: FINISH.store, relu: 5, tanh: 6, softplus: 7 };

/** Most parts a batch is cut into; each has a gradient of its own until they are summed. */
const MOST_SLOTS = 32;
/** Bytes that the gradients of the parts may take before there are fewer parts. */
const SLOT_BUDGET = 2 ** 28;
/** Bytes of inputs and outputs that `predict` holds at a time. */
const WINDOW_BUDGET = 2 ** 22;

/** A patch as the kernels take it: address of its table, and its extents. */
export interface PatchPlan {
  readonly table: number;
  readonly places: number;
  readonly channels: number;
}

/** One product of weights with gathered inputs. */
export interface ProductPlan {
  readonly from: PatchPlan;
  /** Address of the runs of `from`, where the weights are shared. */
  readonly runs: number;
  readonly to: PatchPlan;
  /** Address of the packed weights. */
  readonly weights: number;
  /** Address of the packed biases, or of zeros. */
  readonly bias: number;
  readonly finish: number;
}

/** A compiled layer. `input` and `output` are offsets in a thread's workspace. */
export interface LayerPlan {
  readonly local: boolean;
  readonly sites: number;
  readonly input: number;
  readonly output: number;
  readonly forward: ProductPlan;
  /** Gradient with respect to the input; absent where the input is the network's. */
  readonly backward?: ProductPlan;
  /** Whether the rows of the weight gradient are the inputs (interpolation) rather than the outputs. */
  readonly rowsAreInputs: boolean;
  /** Present where the layer is done by minimal filtering. */
  readonly tiles?: TilesPlan;
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

/** What the output stage `density` keeps for the backward pass, as offsets in a workspace. */
export interface DensityPlan {
  /** f = s / mean(s), s = softplus(y): the network's output. */
  readonly values: number;
  /** g, the gradient of the loss with respect to f. */
  readonly gradient: number;
}

/** Everything that threads need to know to run a network: plain numbers, nothing else. */
export interface Plan {
  /** Bytes of the arena. */
  readonly bytes: number;
  /** Numbers in an input or output sample. */
  readonly size: number;
  readonly parameterCount: number;
  readonly branches: readonly (readonly LayerPlan[])[];
  readonly control: number;
  /** Address of the byte offsets of the grid points in finest-box order. */
  readonly order: number;
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
  /** Offsets in a workspace. */
  readonly input: number;
  /** y, the sum of the branches; in the backward pass the gradient of the loss with respect to it. */
  readonly output: number;
  /** Present where the output stage is `density`. */
  readonly density?: DensityPlan;
  readonly deltas: readonly [number, number];
  /** Transformed inputs and outputs of tiles. */
  readonly frequencies: readonly [number, number];
  /** Address of zeros, as many as a product has outputs. */
  readonly zeros: number;
}

/** A plan, and the constant tables to be written into the memory before it is run. */
export interface Compiled {
  readonly plan: Plan;
  readonly constants: readonly { readonly address: number; readonly values: Uint32Array }[];
}

/** Lays a network out in memory for `threads` threads. @throws ArgumentError when it does not fit. */
export function compile(network: Network, threads: number): Compiled {
  return new Compiler(network).run(threads);
}

class Compiler {
  readonly #network: Network;
  readonly #arena = new Arena();
  readonly #constants: { address: number; values: Uint32Array }[] = [];
  readonly #tables = new Map<string, number>();
  readonly #workspace = new Arena();

  /** Numbers of a slot handed out so far: first the gradient, then those of transformed weights. */
  #slotFloats: number;

  constructor(network: Network) {
    this.#network = network;
    this.#slotFloats = network.parameterCount;
  }

  run(threads: number): Compiled {
    const network = this.#network;
    const { parameterCount, inputSize: size, spec } = network;
    const detail =
      `${parameterCount} parameters, ${size} points, ${threads} threads ` +
      `(dimension ${spec.dimension}, levels ${spec.levels}, channels ${spec.channels}, ${JSON.stringify(spec.connectivity)})`;
    // Before any table is built: parameters, gradient, two packings, three maps, and the least number of slots.
    requireAddressable('memory for the network', 4 * parameterCount * 11 + 40 * size * threads, detail);

    const control = this.#arena.take(256);
    const order = this.#constant(blockOrder(spec.dimension, spec.points, 2 ** spec.levels).map((point) => 4 * point));
    const parameters = this.#arena.take(4 * parameterCount);
    const arriving = this.#arena.take(4 * parameterCount);
    const packing = new Packing(network);
    const packForward = this.#permutation(packing.forward);
    const packBackward = this.#permutation(packing.backward);
    const packed = { forward: packForward.to, backward: packBackward.to };
    const zeros = this.#arena.take(4 * packing.mostRows);
    const made = Math.max(
      ...network.branches.map(({ boxes }) => inFours(boxes ** spec.dimension) / boxes ** spec.dimension),
    );
    const input = this.#workspace.take(made * size * VECTOR);
    const output = this.#workspace.take(made * size * VECTOR);
    const densityOutput = spec.output === 'density' && {
      density: { values: this.#workspace.take(size * VECTOR), gradient: this.#workspace.take(size * VECTOR) },
    };
    const branches = network.branches.map(({ layers }, branch) =>
      this.#branch(layers, branch === 0, packing, packed, zeros, { input, output }),
    );
    const deltaBytes =
      VECTOR * Math.max(...network.layers.map((layer) => inFours(layer.sites ** spec.dimension) * widest(layer)));
    const deltas = [this.#workspace.take(deltaBytes), this.#workspace.take(deltaBytes)] as const;
    const frequencyBytes = VECTOR * Math.max(0, ...network.layers.filter(takesTiles).map(transformedNumbers));
    const frequencies = [this.#workspace.take(frequencyBytes), this.#workspace.take(frequencyBytes)] as const;
    const slotFloats = this.#slotFloats;
    const slotBytes = Math.ceil(slotFloats / 16) * 64;
    const slotCount = Math.max(4, Math.min(MOST_SLOTS, Math.floor(SLOT_BUDGET / slotBytes)));
    const windowCount = LANES * Math.max(1, Math.min(256, Math.floor(WINDOW_BUDGET / (8 * size * LANES))));
    const plan: Plan = {
      size,
      parameterCount,
      branches,
      control,
      order,
      parameters,
      arriving,
      packForward,
      packBackward,
      unpack: this.#permutation(packing.gradient),
      slots: this.#arena.take(slotCount * slotBytes),
      slotCount,
      slotFloats,
      slotBytes,
      losses: this.#arena.take(8 * slotCount),
      windowCount,
      windowInputs: this.#arena.take(4 * size * windowCount),
      windowOutputs: this.#arena.take(4 * size * windowCount),
      windowIndices: this.#constant(Uint32Array.from({ length: windowCount }, (_, i) => i)),
      workspaceBytes: this.#workspace.size,
      workspace: this.#arena.take(threads * this.#workspace.size),
      input,
      output,
      ...densityOutput,
      deltas,
      frequencies,
      zeros,
      bytes: this.#arena.size,
    };
    requireAddressable('memory for the network', plan.bytes, detail);
    return { plan, constants: this.#constants };
  }

  /** The layers of a branch. The first reads the network's input, the last is added to the network's output. */
  #branch(
    layers: readonly Layer[],
    first: boolean,
    packing: Packing,
    packed: { forward: number; backward: number },
    zeros: number,
    ends: { input: number; output: number },
  ): LayerPlan[] {
    let input = ends.input;
    return layers.map((layer, index) => {
      const { wiring, forward, backward, weightGradient, biasGradient } = packing.places.get(layer)!;
      const sites = layer.sites ** layer.dimension;
      const last = index === layers.length - 1;
      if (last && layer.activation !== 'linear') {
        throw new ArgumentError(
          `activation of ${layer.name}`,
          layer.activation,
          'linear in the last layer of a branch',
        );
      }
      const output = last ? ends.output : this.#workspace.take(inFours(sites) * layer.outputChannels * VECTOR);
      const from = this.#patch(wiring.input, sites);
      const to = this.#patch(wiring.output, sites);
      const finish = last ? (first ? FINISH.store : FINISH.add) : FORWARD[layer.activation];
      const back = backwardWiring(layer, wiring);
      const rowsAreInputs = layer.kind === 'interpolation';
      const plan: LayerPlan = {
        local: layer.connectivity === 'local',
        sites,
        input,
        output,
        forward: {
          from,
          to,
          runs: this.#runs(wiring.input, sites, layer),
          weights: packed.forward + 4 * forward.weights,
          bias: packed.forward + 4 * forward.bias,
          finish,
        },
        ...(index > 0 && {
          backward: {
            from: this.#patch(back.input, sites),
            runs: this.#runs(back.input, sites, layer),
            to: this.#patch(back.output, sites),
            weights: packed.backward + 4 * backward,
            bias: zeros,
            finish: SLOPE[layers[index - 1]!.activation],
          },
        }),
        rowsAreInputs,
        ...(takesTiles(layer) && { tiles: this.#tiles(layer) }),
        columns: this.#columns(rowsAreInputs ? wiring.output : wiring.input, sites, layer),
        weightGradient: 4 * weightGradient,
        biasGradient: 4 * biasGradient,
      };
      input = output;
      return plan;
    });
  }

  #tiles(layer: Layer): TilesPlan {
    const { sites, inputChannels, outputChannels } = layer;
    const { count, group } = tileCounts(layer);
    const filters = FREQUENCIES * inputChannels * outputChannels;
    const table = (width: number, before: number, channels: number) =>
      this.#table(`tiles ${sites} ${width} ${channels}`, () => tileTable(sites, width, before, channels));
    const own = (channels: number, sites: number) => this.#patch(ownPatch(channels), sites).table;
    const runs = (channels: number) => this.#runs(ownPatch(channels), group, layer);
    const gradient = 4 * this.#slotFloats;
    this.#slotFloats += filters;
    return {
      count,
      group,
      inputPatches: table(4, 1, inputChannels),
      outputPatches: table(4, 1, outputChannels),
      inputTiles: table(2, 0, inputChannels),
      outputTiles: table(2, 0, outputChannels),
      inputRuns: runs(inputChannels),
      outputRuns: runs(outputChannels),
      inputOwn: own(inputChannels, group),
      outputOwn: own(outputChannels, group),
      columns: this.#columns(ownPatch(inputChannels), count, layer),
      forward: this.#arena.take(4 * filters),
      backward: this.#arena.take(4 * filters),
      gradient,
    };
  }

  #patch(patch: Patch, sites: number): PatchPlan {
    const key = `${sites}: ${patch.key}`;
    const table = this.#table(key, () => patchTable(patch, sites));
    return { table, places: patch.places, channels: patch.channels };
  }

  #runs(patch: Patch, sites: number, layer: Layer): number {
    if (layer.connectivity === 'local') return 0;
    return this.#table(`${sites}: ${patch.key}, runs`, () => runTable(patch, sites));
  }

  #columns(patch: Patch, sites: number, layer: Layer): number {
    // With weights of its own a site is done by itself, from the table of the products.
    if (layer.connectivity === 'local') return this.#patch(patch, sites).table;
    return this.#table(`${sites}: ${patch.key}, by place`, () => placeTable(patch, sites));
  }

  /** Equal tables are held once. */
  #table(key: string, make: () => Uint32Array): number {
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = this.#constant(make());
      this.#tables.set(key, table);
    }
    return table;
  }

  #permutation(indices: Uint32Array): PermutationPlan {
    const count = indices.length;
    return { to: this.#arena.take(4 * count), map: this.#constant(indices), count };
  }

  #constant(values: Uint32Array): number {
    const address = this.#arena.take(values.byteLength);
    this.#constants.push({ address, values });
    return address;
  }
}

/** Numbers, all frequencies together, of the wider side of a layer that is done in tiles. */
function transformedNumbers(layer: Layer): number {
  return FREQUENCIES * tileCounts(layer).count * widest(layer);
}

/** Numbers per site of the wider side of a layer, counting only sides that lie at the sites themselves. */
function widest(layer: Layer): number {
  if (layer.kind === 'kernel') return Math.max(layer.inputChannels, layer.outputChannels);
  return layer.kind === 'restriction' ? layer.outputChannels : layer.inputChannels;
}
