import { tensorflowEngine } from '@dyadic/engine-tensorflow';
import { ArgumentError } from '@dyadic/errors';
import type { Engine } from '@dyadic/mnn';
import type { Output } from './output/output.js';

/** Names a user can ask for. */
export const ENGINES = ['auto', 'tensorflow'] as const;

/** Opens an engine and says which runs and why. @throws ArgumentError for an unknown name */
export async function openEngine(name: string, output: Output): Promise<Engine> {
  if (!ENGINES.includes(name as (typeof ENGINES)[number])) {
    throw new ArgumentError('--engine', name, `one of ${ENGINES.join(', ')}`);
  }
  const engine = await tensorflowEngine();
  const skipped = engine.skipped.map(({ backend, reason }) => `${backend} (${reason})`);
  output.info(`engine: ${engine.description}${skipped.length > 0 ? `; passed over: ${skipped.join(', ')}` : ''}`);
  return engine;
}
