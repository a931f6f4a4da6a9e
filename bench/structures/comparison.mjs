/** The cells of `bench/structures.mjs` compared: rows over seeds, and what is the least error of a kind in some time. */
import { MAPS, STEPS } from './maps.mjs';

/** In the order of figures and tables. */
export const STRUCTURES = [
  'h',
  'h2',
  'wavelet',
  'wavelet-fixed',
  'fourier',
  'fourier-boxes',
  'fourier-near',
  'multiscale-operator',
];
/** `fourier-near` is two scales: few frequencies for what is far, windows for what is near. */
export const isFourier = (structure) => structure === 'fourier' || structure === 'fourier-boxes';
/** What still counts as the time of the Fourier network: cells were trained beside other work. */
const SAME_TIME = 1.15;
/** Whether a ratio of errors is more than what seeds make of it. */
export const clearly = (ratio) => ratio <= 0.67;

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const least = (rows) => rows.reduce((best, row) => (best && best.error <= row.error ? best : row), undefined);

/** The machine on which most of the cells were trained that all are compared with. */
function machineOf(cells) {
  const counts = new Map();
  for (const { structure, epochs, machine } of cells) {
    const isBase = structure === 'experiment' || (structure === 'fourier' && epochs === STEPS.equal);
    if (isBase) counts.set(machine, (counts.get(machine) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** The cells of each map, structure and number of epochs as one row; times are those of the map's machine. */
export function rowsOf(cells) {
  const groups = new Map();
  for (const cell of cells) {
    const key = [cell.map, cell.structure, cell.epochs].join();
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const machines = new Map(Object.keys(MAPS).map((map) => [map, machineOf(cells.filter((cell) => cell.map === map))]));
  const rows = [...groups.values()].map((group) => {
    const errors = group.map((cell) => cell.errors.test.mean);
    const [{ map, structure, epochs, steps, parameters }] = group;
    const machine = machines.get(map);
    const timed = group.filter((cell) => cell.machine === machine);
    return {
      ...{ map, structure, epochs, steps, parameters, machine, seeds: group.length },
      error: mean(errors),
      least: Math.min(...errors),
      most: Math.max(...errors),
      worst: Math.max(...group.map((cell) => cell.errors.test.worst)),
      seconds: timed.length > 0 ? median(timed.map((cell) => cell.trainingSeconds)) : null,
      inference: timed.length > 0 ? Math.min(...timed.map((cell) => cell.inferenceSeconds)) : null,
    };
  });
  const order = ({ structure, epochs }) => STRUCTURES.indexOf(structure) * 1000 + epochs;
  return rows.sort((a, b) => order(a) - order(b));
}

/** What is compared of a map: its rows, and the one that all are compared with. */
export function comparisonOf(map, rows) {
  const own = rows.filter((row) => row.map === map);
  const equal = own.filter(({ epochs }) => epochs === STEPS.equal);
  const fourier = equal.find(({ structure }) => structure === 'fourier');
  const sameTime = own.filter(({ seconds }) => fourier && seconds !== null && seconds <= SAME_TIME * fourier.seconds);
  const multiscale = (some) => least(some.filter(({ structure }) => !isFourier(structure)));
  const fouriers = (some) => least(some.filter(({ structure }) => isFourier(structure)));
  const of = (name) => least(sameTime.filter(({ structure }) => structure === name));
  const timed = own.filter(({ inference }) => inference !== null);
  const fastest = Math.min(...timed.map(({ inference }) => inference));
  return {
    ...{ map, machine: fourier?.machine, own, fourier, equal },
    equalSteps: { multiscale: multiscale(equal), fourier: fouriers(equal) },
    equalTime: {
      multiscale: multiscale(sameTime),
      fourier: fouriers(sameTime),
      own: of('h'),
      near: of('fourier-near'),
      operator: of('multiscale-operator'),
    },
    best: least(own),
    quick: least(timed.filter((row) => row.inference <= 2 * fastest)),
  };
}
