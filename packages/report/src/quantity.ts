import { requireKnownOptions } from '@dyadic/errors';
import { requireText } from './table.js';

/** Symbol, name and unit of a coordinate or a field, for figures. */
export interface Quantity {
  /** Its letter, such as `V`. */
  readonly symbol: string;
  /** Its name, such as `potential`; default none. */
  readonly name?: string;
  /** Its unit, such as `Hartree`; default none, as for dimensionless quantities. */
  readonly unit?: string;
}

/** The quantities of a figure: the input field and the output field. */
export interface FieldQuantities {
  readonly input: Quantity;
  readonly output: Quantity;
}

/** Checks a quantity and returns it. @throws ArgumentError naming the wrong entry */
export function requireQuantity(name: string, quantity: Quantity): Quantity {
  requireKnownOptions(name, quantity, ['symbol', 'name', 'unit']);
  requireText(`${name}.symbol`, quantity.symbol);
  for (const entry of ['name', 'unit'] as const) {
    if (quantity[entry] !== undefined) requireText(`${name}.${entry}`, quantity[entry]);
  }
  return quantity;
}

/** Checks the quantities of a figure and returns them. @throws ArgumentError naming the wrong entry */
export function requireQuantities(quantities: FieldQuantities): FieldQuantities {
  requireKnownOptions('quantities', quantities, ['input', 'output']);
  requireQuantity('quantities.input', quantities.input);
  requireQuantity('quantities.output', quantities.output);
  return quantities;
}

/** `ρ(x) [1/a₀]`: a label and its unit in brackets. */
export function withUnit(symbol: string, { unit }: Quantity): string {
  return unit === undefined ? symbol : `${symbol} [${unit}]`;
}

/** `potential V`, or only the symbol if there is no name. */
export function inWords({ symbol, name }: Quantity): string {
  return name === undefined ? symbol : `${name} ${symbol}`;
}
