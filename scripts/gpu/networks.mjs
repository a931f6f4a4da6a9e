/** The networks that are measured and estimated: those of the paper, and one of about the same size of every other structure. */
const line = { points: 320 };
const field = { dimension: 2, points: 80 };

export const PAPER = {
  '1D': { ...line, levels: 6, channels: 6, kernelLayers: 5 },
  '2D': { ...field, levels: 4, channels: 6, kernelLayers: 5 },
};

export const STRUCTURES = {
  'H², 1D': { ...line, levels: 6, channels: 6, kernelLayers: 5, structure: 'h2' },
  'Fourier on boxes, 1D': { structure: 'fourier', ...line, boxes: 64, modes: 16, width: 8, layers: 4 },
  'multiscale operators, 1D': { structure: 'multiscale-operator', ...line, levels: 6, width: 8, layers: 4 },
  'H², 2D': { ...field, levels: 4, channels: 6, kernelLayers: 5, structure: 'h2' },
  'Fourier on boxes, 2D': { structure: 'fourier', ...field, boxes: 16, modes: 6, width: 10, layers: 4 },
  'multiscale operators, 2D': {
    structure: 'multiscale-operator',
    ...field,
    levels: 4,
    width: 10,
    layers: 4,
    window: 5,
  },
  'two fields each, 1D': { ...PAPER['1D'], inputs: 2, outputs: 2, output: ['wavefunction', 'mean'] },
};

/** Table 11: the Kohn-Sham map in 2D, 16,000 samples, by channels. */
export const TABLE_11 = Object.fromEntries(
  [4, 6, 8, 10].map((channels) => [
    `r = ${channels}`,
    { dimension: 2, points: 64, levels: 4, channels, kernelLayers: 6, output: 'density' },
  ]),
);
/** Its steps of ten samples at the scale `paper`: ten million passes of a sample. */
export const TABLE_11_STEPS = 1_000_000;
