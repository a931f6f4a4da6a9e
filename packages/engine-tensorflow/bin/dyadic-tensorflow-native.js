#!/usr/bin/env node
/**
 * npx dyadic-tensorflow-native [--gpu] [--python PATH] [--remove]
 *
 * Makes `@tensorflow/tfjs-node` (or `-gpu`) of the folder it is run in work with the TensorFlow of a Python wheel; `--remove` undoes it.
 */
import { parseArgs } from 'node:util';
import { DyadicError } from '@dyadic/errors';
import { installNative, removeNative } from '../dist/native.js';

const OPTIONS = { gpu: { type: 'boolean', default: false }, python: { type: 'string' }, remove: { type: 'boolean' } };

try {
  const { gpu, python, remove } = parseArgs({ options: OPTIONS }).values;
  const where = { folder: process.cwd(), gpu };
  if (remove) {
    console.log((await removeNative(where)) ? 'removed' : 'there was nothing to remove');
  } else {
    const onStep = (step) => console.error(`${step} …`);
    const { version, binding } = await installNative({ ...where, ...(python && { python }), onStep });
    console.log(`TensorFlow ${version} works: ${binding}`);
  }
} catch (error) {
  if (!(error instanceof DyadicError) && error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw error;
  console.error(error.message);
  process.exitCode = 1;
}
