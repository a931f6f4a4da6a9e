import type { Layer } from '@dyadic/mnn';
import type { Arena } from './memory.js';
import type { PatchPlan, PermutationPlan } from './plan.js';
import { type Patch, patchTable, placeTable, runTable } from './tables.js';

/** A table, and where in the memory it lies. */
export interface Constant {
  readonly address: number;
  readonly values: Uint32Array;
}

/** The constant tables of a plan, each given its place in the memory when it is first asked for. */
export class ConstantTables {
  readonly #arena: Arena;
  readonly #constants: Constant[] = [];
  readonly #tables = new Map<string, number>();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** All of them, to be written into the memory before the plan is run. */
  get all(): readonly Constant[] {
    return this.#constants;
  }

  /** A patch for the products. */
  patch(patch: Patch, sites: number): PatchPlan {
    const key = `${sites}: ${patch.key}`;
    const table = this.table(key, () => patchTable(patch, sites));
    return { table, places: patch.places, channels: patch.channels };
  }

  /** The runs of a patch; 0 for local layers, which do not read them. */
  runs(patch: Patch, sites: number, layer: Layer): number {
    if (layer.connectivity === 'local') return 0;
    return this.table(`${sites}: ${patch.key}, runs`, () => runTable(patch, sites));
  }

  /** A patch for the gradient of the weights. */
  columns(patch: Patch, sites: number, layer: Layer): number {
    // With weights of its own a site is done by itself, from the table of the products.
    if (layer.connectivity === 'local') return this.patch(patch, sites).table;
    return this.placeTable(patch, sites);
  }

  /** A patch place by place. */
  placeTable(patch: Patch, sites: number): number {
    return this.table(`${sites}: ${patch.key}, by place`, () => placeTable(patch, sites));
  }

  /** Equal tables are held once. */
  table(key: string, make: () => Uint32Array): number {
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = this.constant(make());
      this.#tables.set(key, table);
    }
    return table;
  }

  /** A permutation, and room for what it gives. */
  permutation(indices: Uint32Array): PermutationPlan {
    const count = indices.length;
    return { to: this.#arena.take(4 * count), map: this.constant(indices), count };
  }

  /** Puts a table into the memory. @returns its address */
  constant(values: Uint32Array): number {
    const address = this.#arena.take(values.byteLength);
    this.#constants.push({ address, values });
    return address;
  }
}
