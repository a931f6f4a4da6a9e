import { requireKnownOptions } from '@dyadic/errors';
import { requireText } from './table.js';

/** What figures call a coordinate or a field. */
export interface Quantity {
  /** Its letter, such as `V`. */
  readonly symbol: string;
  /** Its name, such as `potential`; default none. */
  readonly name?: string;
  /** Its unit, such as `Hartree`; default none, as for dimensionless quantities. */
  readonly unit?: string;
}

/** The quantities of a figure of an input field and the output that belongs to it. */
export interface FieldQuantities {
  readonly input: Quantity;
  readonly output: Quantity;
}

/** Returns the quantity if it is one. @throws ArgumentError naming the entry that is wrong */
export function requireQuantity(name: string, quantity: Quantity): Quantity {
  requireKnownOptions(name, quantity, ['symbol', 'name', 'unit']);
  requireText(`${name}.symbol`, quantity.symbol);
  for (const entry of ['name', 'unit'] as const) {
    if (quantity[entry] !== undefined) requireText(`${name}.${entry}`, quantity[entry]);
  }
  return quantity;
}

/** Checks the quantities of a figure and returns them. @throws ArgumentError naming the entry that is wrong */
export function requireQuantities(quantities: FieldQuantities): FieldQuantities {
  requireKnownOptions('quantities', quantities, ['input', 'output']);
  requireQuantity('quantities.input', quantities.input);
  requireQuantity('quantities.output', quantities.output);
  return quantities;
}

/** `ρ(x) [1/a₀]`: a symbol, perhaps with more to it, and its unit in brackets. */
export function withUnit(symbol: string, { unit }: Quantity): string {
  return unit === undefined ? symbol : `${symbol} [${unit}]`;
}

/** `potential V`, or the symbol alone where there is no name. */
export function inWords({ symbol, name }: Quantity): string {
  return name === undefined ? symbol : `${name} ${symbol}`;
}
