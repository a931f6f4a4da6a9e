/**
 * Training of multiscale neural networks: mean squared relative error, optimizers on flat vectors, schedules, seeded
 * order, exact resume; and models, ready to predict.
 *
 * @packageDocumentation
 */
export { readCheckpoint, writeCheckpoint } from './checkpoint-file.js';
export * from './portable.js';
