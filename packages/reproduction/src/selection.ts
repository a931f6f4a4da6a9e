import { ArgumentError } from '@dyadic/errors';
import { VARIABLES, type Values, type Variable } from './declarations.js';

/**
 * Which cells are meant by `wells=2,8` and `channels=6`: those that have one of the values of each variable.
 *
 * @throws ArgumentError for what is not `variable=value,…`
 */
export function selection(texts: readonly string[]): (values: Values) => boolean {
  const conditions = texts.map((text) => {
    const [variable, list] = text.split('=');
    if (!list || text.split('=').length > 2 || !VARIABLES.includes(variable as Variable)) {
      throw new ArgumentError('only', text, `variable=value,… with one of ${VARIABLES.join(', ')}, such as wells=2,8`);
    }
    return { variable: variable as Variable, allowed: list.split(',') };
  });
  return (values) => conditions.every(({ variable, allowed }) => allowed.includes(String(values[variable])));
}
