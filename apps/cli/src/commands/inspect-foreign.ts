import { type ForeignArray, type ForeignFile, shapeText } from '@dyadic/interchange';
import { table, tableText } from '@dyadic/report';

/** Most arrays that are listed for people. */
const MOST_LISTED = 100;

/** What a file of another program holds, and the command that imports it. */
export function describeForeign(file: ForeignFile): { readonly text: string; readonly facts: object } {
  const { path, format, arrays } = file;
  const listed = table({
    columns: [{ title: 'array' }, { title: 'type' }, { title: 'shape' }, { title: 'not read, as it' }],
    rows: arrays
      .slice(0, MOST_LISTED)
      .map(({ name, type, shape, refusal }) => [name, type, shapeText(shape), refusal ?? '']),
  });
  const command = importCommand(file);
  const lines = [
    `${path}: ${format}, ${arrays.length === 1 ? 'one array' : `${arrays.length} arrays`}`,
    tableText(listed),
    ...(arrays.length > MOST_LISTED ? [`… and ${arrays.length - MOST_LISTED} more`] : []),
    ...(command === null ? [] : ['', 'Import it with:', `  ${command}`]),
  ];
  const described = arrays.map(({ name, type, shape, refusal }) => ({
    name,
    type,
    shape,
    ...(refusal && { refusal }),
  }));
  return { text: lines.join('\n'), facts: { kind: 'foreign', path, format, arrays: described, import: command } };
}

/** The command that imports the first two arrays that can be a map; null where there is none. */
function importCommand({ path, format, arrays }: ForeignFile): string | null {
  const tensors = arrays.filter(
    ({ refusal, shape }) => refusal === undefined && shape.filter((extent) => extent > 1).length > 1,
  );
  const [only] = tensors;
  if (only && tensors.length === 1) return `dyadic import ${quoted(path)} --column ${quoted(only.name)} --out <folder>`;
  const pair = pairOf(tensors);
  if (!pair) return null;
  const [input, output] = pair;
  const axis = axisOf(format, input, output);
  const parts = ['dyadic import', quoted(path), '--input', quoted(input.name), '--output', quoted(output.name)];
  return [...parts, ...(axis === null ? [] : ['--samples-axis', axis]), '--out', '<folder>'].join(' ');
}

/** The first two arrays of one shape, or else with one extent in common at the same end. */
function pairOf(tensors: readonly ForeignArray[]): [ForeignArray, ForeignArray] | null {
  const agree = [
    (a: ForeignArray, b: ForeignArray) => a.shape.join() === b.shape.join(),
    (a: ForeignArray, b: ForeignArray) => a.shape[0] === b.shape[0],
    (a: ForeignArray, b: ForeignArray) => a.shape.at(-1) === b.shape.at(-1),
  ];
  for (const agrees of agree) {
    for (const [k, a] of tensors.entries()) {
      const b = tensors.slice(k + 1).find((other) => agrees(a, other));
      if (b) return [a, b];
    }
  }
  return null;
}

/** What to say of the samples' axis; null where it goes without saying. */
function axisOf(format: string, a: ForeignArray, b: ForeignArray): string | null {
  if (!format.startsWith('HDF5')) return a.shape[0] === b.shape[0] ? null : 'last';
  const [first, last] = [a.shape[0] === b.shape[0], a.shape.at(-1) === b.shape.at(-1)];
  if (first !== last) return first ? 'first' : 'last';
  return a.order === 'column-major' ? 'last' : 'first';
}

function quoted(text: string): string {
  return /^[\w./+=@%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
