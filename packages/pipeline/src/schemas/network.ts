import { FOURIER_OPTIONS, MNN_OPTIONS, MULTISCALE_OPERATOR_OPTIONS, WAVELET_OPTIONS } from '@dyadic/mnn';
import { z } from 'zod';
import { entriesOf } from './option-table.js';

/** The entry `network` of an experiment, for editors and documentation; `networkFromDocument` checks consistency. */
export const networkSchema = z.union([
  z.strictObject(entriesOf(MNN_OPTIONS)).describe('the network, options of mnn(…)'),
  z.strictObject(entriesOf(FOURIER_OPTIONS)).describe('the network, options of fourierNetwork(…)'),
  z
    .strictObject(entriesOf(MULTISCALE_OPERATOR_OPTIONS))
    .describe('the network, options of multiscaleOperatorNetwork(…)'),
  z.strictObject(entriesOf(WAVELET_OPTIONS)).describe('the network, options of waveletNetwork(…)'),
]);
