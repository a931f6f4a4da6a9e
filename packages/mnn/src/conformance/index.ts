/**
 * The conformance suite of engines: networks of every kind, and a function that holds an engine against the float64
 * reference on one of them. It knows no test runner.
 *
 * @example
 * it.each(conformanceCases('pairs'))('$name', (conformanceCase) => checkConformance(engine, conformanceCase));
 *
 * @packageDocumentation
 */
export { conformanceCases } from './cases.js';
export { ConformanceError, checkConformance, type Tolerance } from './check.js';
export type { ConformanceCase } from './conformance-case.js';
