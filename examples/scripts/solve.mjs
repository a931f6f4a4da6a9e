// Two solvers, each usable alone: a ground state of the nonlinear Schrödinger equation, a Kohn-Sham density.
import { kohnShamMap } from '@dyadic/kohn-sham';
import { groundState } from '@dyadic/nlse';
import { periodicGrid, sampleOnGrid } from '@dyadic/spectral';

const box = periodicGrid({ dimension: 1, points: 320 });
const well = sampleOnGrid(box, (x) => -500 * Math.exp(-((x - 0.5) ** 2) / 0.005));
const { u, energy, residual, status } = groundState(well, box, { beta: 10 });
console.log(
  `nlse: ${status}, energy ${energy.toFixed(6)}, max u ${Math.max(...u).toFixed(4)}, residual ${residual.toExponential(0)}`,
);

const cell = periodicGrid({ dimension: 1, points: 320, length: 2, origin: -1 });
const wells = sampleOnGrid(cell, (x) => -100 * Math.exp(-(Math.sin(Math.PI * x) ** 2) / 0.05));
const { density, eigenvalues, gap } = kohnShamMap(wells, cell, { electrons: 2 });
console.log(`kohn-sham: eigenvalues ${[...eigenvalues].map((e) => e.toFixed(4)).join(' ')}, gap ${gap.toFixed(4)}`);
console.log(`electrons: ${(density.reduce((sum, rho) => sum + rho, 0) * cell.spacing).toFixed(6)}`);
