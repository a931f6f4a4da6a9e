import { blockOrder, type Layer } from '@dyadic/mnn';
import type { Graph, Value } from './graph.js';

/** The activations of a layer, `[batch, sites^d, channels]`. */
export interface Activations {
  readonly value: Value;
  /** Sites per axis. */
  readonly sites: number;
  readonly channels: number;
}

/**
 * Converts activations to the number of sites of a layer: the channels of a coarse site are those of the finer sites within it,
 * one after the other.
 */
export function onSites(graph: Graph, from: Activations, { sites, dimension, name }: OnSites): Activations {
  if (from.sites === sites) return from;
  const [coarse, fine] = [Math.min(from.sites, sites), Math.max(from.sites, sites)];
  const channels = (from.channels * from.sites ** dimension) / sites ** dimension;
  const each = Math.min(channels, from.channels);
  const order = Int32Array.from(blockOrder(dimension, fine, coarse));
  const table = sites === coarse ? order : inverse(order);
  const parts = graph.reshape(from.value, [order.length, each], name);
  const isMoved = table.some((site, i) => site !== i);
  const moved = isMoved ? graph.node('Gather', [parts, graph.table('children', table)], name, { axis: 1 }) : parts;
  return { value: graph.reshape(moved, [sites ** dimension, channels], name), sites, channels };
}

type OnSites = Pick<Layer, 'sites' | 'dimension' | 'name'>;

function inverse(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length);
  for (const [place, site] of order.entries()) places[site] = place;
  return places;
}
