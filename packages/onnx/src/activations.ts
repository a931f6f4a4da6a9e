import type { Graph, Value } from './graph.js';

/** The activations of a layer, `[batch, sites, channels]`. */
export interface Activations {
  readonly value: Value;
  readonly sites: number;
  readonly channels: number;
}

/** Reshapes activations to another number of sites: two sites with r channels are one with 2r. */
export function onSites(graph: Graph, from: Activations, sites: number, channels: number, name: string): Activations {
  if (from.sites === sites && from.channels === channels) return from;
  return { value: graph.reshape(from.value, [sites, channels], name), sites, channels };
}
