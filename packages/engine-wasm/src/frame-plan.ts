/** What happens between samples and boxes, and the output stages, laid out in memory. */
import { type Network, OUTPUT_FORMULAS, outputGroups } from '@dyadic/mnn';
import { Epilogue } from './epilogue.js';
import { boxInputs, boxNumbers, boxOutputs, inverse, isOneField, isPermuted } from './frame.js';
import { VECTOR } from './lanes.js';
import type { Arena } from './memory.js';
import type { CropPlan, PassPlan, Plan, StagePlan, StagesPlan } from './plan.js';

/** Where a plan finds room. */
interface Room {
  /** Puts a table into the memory and returns its address. */
  constant(values: Uint32Array): number;
  /** The workspace of a thread. */
  readonly workspace: Arena;
}

type Frame = Pick<Plan, 'inputOrder' | 'outputOrder' | 'received' | 'pad' | 'sum' | 'crop' | 'stages'>;

/** @param input - Where the boxes read, and @param output - give their numbers; offsets in a workspace. */
export function planFrame(network: Network, room: Room, input: number, output: number): Frame {
  const planner = new FramePlanner(network, room);
  const [inputOrder, outputOrder] = planner.orders();
  const pad = planner.pad(input);
  const crop = planner.crop(output);
  const sum = crop?.forward.y ?? output;
  const stages = planner.stages(sum);
  return {
    inputOrder,
    outputOrder,
    received: pad?.x ?? input,
    ...(pad && { pad }),
    sum,
    ...(crop && { crop }),
    ...(stages && { stages }),
  };
}

class FramePlanner {
  readonly #network: Network;
  readonly #room: Room;

  constructor(network: Network, room: Room) {
    this.#network = network;
    this.#room = room;
  }

  /** Byte offsets of the numbers of a sample, in the order in which they are gathered and compared. */
  orders(): readonly [number, number] {
    const network = this.#network;
    const bytes = (numbers: Iterable<number>) => Uint32Array.from(numbers, (i) => 4 * i);
    const plain = (size: number) => bytes(new Array<number>(size).keys());
    const input = this.#room.constant(isPermuted(network) ? bytes(boxInputs(network)) : plain(network.inputSize));
    if (!isOneField(network)) return [input, this.#room.constant(plain(network.outputSize))];
    const output = inverse(boxOutputs(network), network.outputSize);
    return [input, network.inputs === 1 ? input : this.#room.constant(bytes(output))];
  }

  /** From a sample to the input of the boxes, where that is no permutation. */
  pad(input: number): PassPlan | undefined {
    const network = this.#network;
    if (isPermuted(network)) return undefined;
    return this.#copy(this.#framed(network.inputSize), input, boxInputs(network));
  }

  /** From the output of the boxes to a sample, field by field, and back. */
  crop(output: number): CropPlan | undefined {
    const network = this.#network;
    if (isOneField(network)) return undefined;
    const cropped = this.#framed(network.outputSize);
    const places = boxOutputs(network);
    return {
      forward: this.#copy(output, cropped, places),
      backward: this.#copy(cropped, output, inverse(places, boxNumbers(network, network.outputs))),
    };
  }

  /** What the output stages keep, if any does anything. */
  stages(sum: number): StagesPlan | undefined {
    const network = this.#network;
    const { outputSize, outputs } = network;
    const groups = outputGroups(network);
    if (groups.every(({ stage }) => OUTPUT_FORMULAS[stage].kind === 'identity')) return undefined;
    const [values, gradient] = [
      this.#room.workspace.take(outputSize * VECTOR),
      this.#room.workspace.take(outputSize * VECTOR),
    ];
    return {
      values,
      gradient,
      groups: groups.map(({ stage, first, fields }): StagePlan => {
        const formula = OUTPUT_FORMULAS[stage];
        const place = { first: (first * outputSize) / outputs, size: (fields * outputSize) / outputs };
        if (formula.kind !== 'identity') return { ...place, ...formula };
        const [y, f, g] = [sum, values, gradient].map((start) => start + place.first * VECTOR) as [
          number,
          number,
          number,
        ];
        const table = Int32Array.from({ length: place.size }, (_, i) => i);
        return { ...place, kind: 'identity', forward: this.#copy(y, f, table), backward: this.#copy(g, y, table) };
      }),
    };
  }

  /** Room for the numbers of a sample, and before them the zeros that a number −1 is. */
  #framed(count: number): number {
    return this.#room.workspace.take((1 + count) * VECTOR) + VECTOR;
  }

  /** y[k] = x[table[k]] */
  #copy(x: number, y: number, table: Int32Array): PassPlan {
    const address = this.#room.constant(Uint32Array.from(table, (number) => number * VECTOR));
    const one = { places: 1, channels: 1, activated: 0, epilogue: Epilogue.store } as const;
    return { x, table: address, sites: table.length, y, ...one };
  }
}
