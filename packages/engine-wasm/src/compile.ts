import { ArgumentError } from '@dyadic/errors';
import { type Branch, type Layer, type Network, sitesOf } from '@dyadic/mnn';
import { backwardGraph, isMerged } from './backward-graph.js';
import { type Constant, ConstantTables } from './constant-tables.js';
import { Epilogue } from './epilogue.js';
import { fourierAxis, mixTable, mixTables, type TransformKind, transformTable } from './fourier.js';
import { boxNumbers } from './frame.js';
import { planFrame } from './frame-plan.js';
import { LANES, VECTOR } from './lanes.js';
import { arrivalOf, forwardOf, slopeOf } from './layer-epilogue.js';
import { Arena, requireAddressable } from './memory.js';
import { Packing } from './packing.js';
import type { BackwardPlan, FourierPlan, LayerPlan, PassPlan, Plan, WinogradPlan } from './plan.js';
import { inOrderOf, isElsewhere, ownPatch, type Patch, runsOf, takenPatch, tileTable } from './tables.js';
import type { TransposedLayout } from './weight-layout.js';
import { FREQUENCIES, tileCounts, usesWinograd } from './winograd.js';

/** Most parts a batch is cut into; each has a gradient of its own until they are summed. */
const MOST_SLOTS = 32;
/** Bytes that the gradients of the parts may take before there are fewer parts. */
const SLOT_BUDGET = 2 ** 28;
/** Bytes of inputs and outputs that `predict` holds at a time. */
const WINDOW_BUDGET = 2 ** 22;

/** A plan, and the constant tables to be written into the memory before it is run. */
export interface Compiled {
  readonly plan: Plan;
  readonly constants: readonly Constant[];
}

/** Lays a network out in memory for `threads` threads. @throws ArgumentError when it does not fit. */
export function compile(network: Network, threads: number): Compiled {
  return new Compiler(network).run(threads);
}

/** Addresses of the packed weights, and of zeros in place of biases. */
interface Packed {
  readonly forward: number;
  readonly backward: number;
  readonly zeros: number;
}

/** Offsets in a workspace that branches share. */
interface Ends {
  readonly input: number;
  readonly output: number;
  readonly deltas: readonly [number, number];
  /** Whether the branch is the first to give its output. */
  readonly first: boolean;
}

class Compiler {
  readonly #network: Network;
  readonly #arena = new Arena();
  readonly #tables = new ConstantTables(this.#arena);
  readonly #workspace = new Arena();

  /** Vectors of zeros before the numbers of a layer. */
  readonly #margin: number;

  /** What Fourier layers share. */
  #waves: Pick<FourierPlan, 'slopes' | 'product' | 'buffers' | 'scratch'> | undefined;

  /** Numbers of a slot handed out so far: first the gradient, then those of transformed weights. */
  #slotFloats: number;

  constructor(network: Network) {
    this.#network = network;
    this.#slotFloats = network.parameterCount;
    const padded = network.layers.filter(({ kind, padding }) => kind === 'kernel' && padding !== 'periodic');
    this.#margin = Math.max(0, ...padded.map(widest));
  }

  run(threads: number): Compiled {
    const network = this.#network;
    const { parameterCount, inputSize, outputSize, outputs, dimension, branches: summands } = network;
    const detail =
      `${parameterCount} parameters in ${network.layers.length} layers of ${summands.length} branches, ` +
      `${inputSize / network.inputs} points in ${dimension}D, ${threads} threads`;
    // Before any table is built: parameters, gradient, two packings, three maps, and the least number of slots.
    requireAddressable(
      'memory for the network',
      4 * parameterCount * 11 + 20 * (inputSize + outputSize) * threads,
      detail,
    );

    const control = this.#arena.take(256);
    const parameters = this.#arena.take(4 * parameterCount);
    const arriving = this.#arena.take(4 * parameterCount);
    const packing = new Packing(network);
    const packForward = this.#tables.permutation(packing.forward);
    const packBackward = this.#tables.permutation(packing.backward);
    const zeros = this.#arena.take(4 * packing.mostRows);
    const packed = { forward: packForward.to, backward: packBackward.to, zeros };
    const input = this.#numbers(boxNumbers(network, network.inputs));
    const output = this.#numbers(boxNumbers(network, outputs));
    const constant = (values: Uint32Array) => this.#tables.constant(values);
    const frame = planFrame(network, { constant, workspace: this.#workspace }, input, output);
    const most = Math.max(...network.layers.map((layer) => layer.sites ** dimension * widest(layer)));
    const deltas = [this.#numbers(most), this.#numbers(most)] as const;
    this.#waves = this.#waveRoom();
    const branches = summands.map((branch, number) =>
      this.#branch(branch, packing, packed, { input, output, deltas, first: number === 0 }),
    );
    const tiled = network.layers.filter((layer) => isTiled(layer, packing));
    const frequencyBytes = VECTOR * Math.max(0, ...tiled.map(transformedNumbers));
    const frequencies = [this.#workspace.take(frequencyBytes), this.#workspace.take(frequencyBytes)] as const;
    const slotFloats = this.#slotFloats;
    const slotBytes = Math.ceil(slotFloats / 16) * 64;
    const slotCount = Math.max(4, Math.min(MOST_SLOTS, Math.floor(SLOT_BUDGET / slotBytes)));
    const windowCount =
      LANES * Math.max(1, Math.min(256, Math.floor(WINDOW_BUDGET / (4 * (inputSize + outputSize) * LANES))));
    const plan: Plan = {
      inputSize,
      outputSize,
      outputs,
      parameterCount,
      branches,
      control,
      parameters,
      arriving,
      packForward,
      packBackward,
      unpack: this.#tables.permutation(packing.gradient),
      slots: this.#arena.take(slotCount * slotBytes),
      slotCount,
      slotFloats,
      slotBytes,
      losses: this.#arena.take(8 * slotCount),
      windowCount,
      windowInputs: this.#arena.take(4 * inputSize * windowCount),
      windowOutputs: this.#arena.take(4 * outputSize * windowCount),
      windowIndices: this.#tables.constant(Uint32Array.from({ length: windowCount }, (_, i) => i)),
      workspaceBytes: this.#workspace.size,
      workspace: this.#arena.take(threads * this.#workspace.size),
      ...frame,
      frequencies,
      zeros,
      bytes: this.#arena.size,
    };
    requireAddressable('memory for the network', plan.bytes, detail);
    return { plan, constants: this.#tables.all };
  }

  /** The layers of a branch; what the last one gives is added to the network's output, or stored there by the first. */
  #branch(branch: Branch, packing: Packing, packed: Packed, ends: Ends): LayerPlan[] {
    const { layers } = branch;
    const last = layers.length - 1;
    const { name, activation } = layers[last]!;
    if (activation !== 'linear') {
      throw new ArgumentError(`activation of ${name}`, activation, 'linear in the last layer of a branch');
    }
    const nodes = backwardGraph(layers);
    // What is added within φ lies, where it can, where φ(z) will.
    const sharing = layers.map((_, index) =>
      layers.findIndex(({ addsWithin }, by) => addsWithin === index && isMerged(layers, by)),
    );
    // Where φ(z) of each layer lies, and its output: elsewhere, where that of another layer is added.
    const activated = new Array<number>(layers.length);
    for (let index = last; index >= 0; index--) {
      activated[index] = index === last ? ends.output : (activated[sharing[index]!] ?? this.#outputs(layers[index]!));
    }
    const outputs = layers.map((layer, index) =>
      layer.adds === undefined || index === last ? activated[index]! : this.#outputs(layer),
    );
    const outputOf = (index: number) => outputs[index] ?? ends.input;
    // In a row of layers a gradient is forgotten when that of the layer before is known.
    const inARow = layers.every(
      ({ adds, addsWithin }, index) =>
        adds === undefined && addsWithin === undefined && nodes[index]!.source === index - 1,
    );
    const gradients = new Array<number>(layers.length);
    for (let index = last; index >= 0; index--) {
      if (index === last) gradients[index] = ends.output;
      else if (inARow) gradients[index] = ends.deltas[(index + 1) & 1]!;
      else gradients[index] = gradients[sharing[index]!] ?? this.#outputs(layers[index]!);
    }
    return layers.map((layer, index) => {
      const { layout, back, forward, backward, weightGradient, biasGradient } = packing.places.get(layer)!;
      const sites = layer.sites ** layer.dimension;
      const { source, product, sum, ownSlope, within } = nodes[index]!;
      const [output, delta] = [outputs[index]!, gradients[index]!];
      const own = activated[index]!;
      const taken = (link: number) => takenPatch(layer, sitesOf(branch, link), layer.outputChannels);
      const takes = (link: number, y: number, epilogue: number) =>
        this.#pass(runsOf(taken(link)), layer, outputOf(link), y, epilogue);
      const gives = (link: number, epilogue: number) => {
        const patch = inOrderOf(taken(link), sites, ownPatch(layer.outputChannels));
        return this.#pass(patch, layer, delta, gradients[link]!, epilogue);
      };
      const itself = ownPatch(layer.outputChannels);
      const inside = layer.addsWithin !== undefined && index !== last;
      const passesBefore: PassPlan[] = [];
      if (inside && !isMerged(layers, index)) {
        passesBefore.push(takes(layer.addsWithin!, own, Epilogue.store));
      }
      const ending = ends.first ? Epilogue.store : Epilogue.add;
      const epilogue = index === last ? ending : forwardOf(layer) + (inside ? Epilogue.add : 0);
      const rowsAreInputs = layer.kind === 'interpolation';
      const passes: PassPlan[] = [];
      if (layer.addsWithin !== undefined && index === last) {
        passes.push(takes(layer.addsWithin, own, Epilogue.add));
      }
      if (output !== own) passes.push(this.#pass(itself, layer, own, output, Epilogue.store));
      if (layer.adds !== undefined) passes.push(takes(layer.adds, output, Epilogue.add));
      const deltaPasses: PassPlan[] = [];
      if (sum) deltaPasses.push(gives(layer.adds!, Epilogue[sum]));
      if (ownSlope) deltaPasses.push(this.#pass(itself, layer, delta, delta, slopeOf(layer), own));
      if (within) deltaPasses.push(gives(layer.addsWithin!, Epilogue[within]));
      const input = outputOf(source);
      return {
        local: layer.connectivity === 'local',
        sites,
        input,
        output: own,
        forward: {
          sites,
          from: this.#tables.patch(layout.input, sites),
          to: this.#tables.patch(layout.output, sites),
          runs: this.#tables.runs(layout.input, sites, layer),
          weights: packed.forward + 4 * forward.weights,
          bias: packed.forward + 4 * forward.bias,
          epilogue,
        },
        passesBefore,
        passes,
        delta,
        deltaPasses,
        ...(source >= 0 && {
          backward: this.#backward(
            layer,
            back,
            packed.backward + 4 * backward,
            packed.zeros,
            arrivalOf(product, layers[source]!),
            gradients[source]!,
            input,
          ),
        }),
        rowsAreInputs,
        ...(isTiled(layer, packing) && { winograd: this.#winograd(layer) }),
        ...(layer.kind === 'fourier' && { fourier: this.#fourier(layer) }),
        columns: this.#tables.columns(rowsAreInputs ? layout.output : layout.input, sites, layer),
        weightGradient: 4 * weightGradient,
        biasGradient: 4 * biasGradient,
      };
    });
  }

  /** The product back to `gradient`; with reflection by way of the extended sites, whose images are then summed. */
  #backward(
    layer: Layer,
    { sites, input, output, images }: TransposedLayout,
    weights: number,
    bias: number,
    epilogue: number,
    gradient: number,
    activated: number,
  ): BackwardPlan {
    const product = {
      sites,
      from: this.#tables.patch(input, sites),
      runs: this.#tables.runs(input, sites, layer),
      to: this.#tables.patch(output, sites),
      weights,
      bias,
    };
    if (images === undefined) return { ...product, epilogue, gradient, passes: [] };
    const extended = this.#numbers(sites * layer.inputChannels);
    const { places, channels } = images;
    const inner = (layer.sites ** layer.dimension * layer.inputChannels) / channels;
    const sum = { x: extended, table: this.#tables.placeTable(images, inner), places, channels, sites: inner };
    return {
      ...product,
      epilogue: Epilogue.store,
      gradient: extended,
      passes: [{ ...sum, y: gradient, activated, epilogue }],
    };
  }

  /** A pass over all numbers of a layer's output, which a patch has run by run. */
  #pass(patch: Patch, layer: Layer, x: number, y: number, epilogue: number, activated = 0): PassPlan {
    const { places, channels } = patch;
    const sites = (layer.sites ** layer.dimension * layer.outputChannels) / channels;
    const table = this.#tables.placeTable(patch, sites);
    return { x, table, places, channels, sites, y, activated, epilogue };
  }

  /** Room in a workspace for the outputs of a layer. */
  #outputs(layer: Layer): number {
    return this.#numbers(layer.sites ** layer.dimension * layer.outputChannels);
  }

  /** Room in a workspace for that many vectors, and before it the zeros that site −1 of the padding reads. */
  #numbers(count: number): number {
    return this.#workspace.take((this.#margin + count) * VECTOR) + this.#margin * VECTOR;
  }

  #winograd(layer: Layer): WinogradPlan {
    const { sites, inputChannels, outputChannels } = layer;
    const { count, group } = tileCounts(layer);
    const filters = FREQUENCIES * inputChannels * outputChannels;
    const table = (width: number, before: number, channels: number) =>
      this.#tables.table(`tiles ${sites} ${width} ${channels}`, () => tileTable(layer, width, before, channels));
    const own = (channels: number, sites: number) => this.#tables.patch(ownPatch(channels), sites).table;
    const runs = (channels: number) => this.#tables.runs(ownPatch(channels), group, layer);
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
      columns: this.#tables.columns(ownPatch(inputChannels), count, layer),
      forward: this.#arena.take(4 * filters),
      backward: this.#arena.take(4 * filters),
      gradient,
    };
  }

  #fourier(layer: Layer): FourierPlan {
    const { dimension, sites, window: width, inputChannels: inputs, outputChannels: outputs, padding } = layer;
    const axis = fourierAxis(layer);
    const transform = (kind: TransformKind) =>
      this.#tables.table(`${kind} ${sites} ${width} ${padding}`, () => transformTable(axis, kind));
    const mixed = dimension > 1 ? mixTables(layer, axis) : undefined;
    const mix = (direction: 'to' | 'from') =>
      Object.fromEntries(
        [inputs, outputs].map((channels) => [
          channels,
          this.#tables.table(`mix ${direction} ${dimension} ${sites} ${width} ${padding} ${channels}`, () =>
            mixTable(mixed![direction], mixed!.terms, channels),
          ),
        ]),
      );
    return {
      dimension,
      sites,
      width,
      frequencies: (width ** dimension - 1) / 2,
      inputs,
      outputs,
      folded: axis.folded,
      forward: { analysis: transform('analysis'), synthesis: transform('synthesis') },
      backward: { analysis: transform('adjoint analysis'), synthesis: transform('adjoint synthesis') },
      ...(mixed && { mix: { terms: mixed.terms, to: mix('to'), from: mix('from') } }),
      spectrum: this.#workspace.take(width ** dimension * inputs * VECTOR),
      ...this.#waves!,
    };
  }

  /** Room that the Fourier layers of a network share. */
  #waveRoom(): Pick<FourierPlan, 'slopes' | 'product' | 'buffers' | 'scratch'> {
    const layers = this.#network.layers.filter(({ kind }) => kind === 'fourier');
    const room = (numbers: (layer: Layer) => number) =>
      this.#workspace.take(VECTOR * Math.max(0, ...layers.map((layer) => numbers(layer) * widest(layer))));
    const spectrum = ({ window, dimension }: Layer) => window ** dimension;
    const partly = ({ sites, window, dimension }: Layer) =>
      dimension === 1 ? 0 : Math.max(sites, window) ** (dimension - 1) * window;
    return {
      slopes: room(spectrum),
      product: room(spectrum),
      buffers: [room(partly), room(partly)],
      scratch: room(({ sites, window, dimension }) => (sites + 4) * window ** (dimension - 1)),
    };
  }
}

/** Whether a layer is computed by Winograd's algorithm, which reads plane tiles of a layer's own sites. */
function isTiled(layer: Layer, { places }: Packing): boolean {
  const { taken } = places.get(layer)!.layout;
  return usesWinograd(layer) && taken !== undefined && !isElsewhere(taken, layer.inputChannels);
}

/** Numbers, all frequencies together, of the wider side of a layer that is done in tiles. */
function transformedNumbers(layer: Layer): number {
  return FREQUENCIES * tileCounts(layer).count * widest(layer);
}

/** Numbers per site of the wider side of a layer, counting only sides that lie at the sites themselves. */
function widest(layer: Layer): number {
  if (layer.kind === 'kernel' || layer.kind === 'fourier') return Math.max(layer.inputChannels, layer.outputChannels);
  return layer.kind === 'restriction' ? layer.outputChannels : layer.inputChannels;
}
