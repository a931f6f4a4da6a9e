import { conformanceCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';
import { checkExported, isSlow } from './float64.js';

describe('an exported network, its operators computed in float64, is the float64 reference', () => {
  it.each(conformanceCases('pairs').filter((one) => !isSlow(one)))('$name', checkExported);
});
