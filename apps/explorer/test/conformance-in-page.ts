/** A page of its own, not part of the explorer: engine-webgpu against the float64 reference, in a browser. */
import { webgpuEngine } from '@dyadic/engine-webgpu';
import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';

const CASES_OF_EACH = 2;
/** Of three output stages; `conformanceCases` names dimension and stage at the same places. */
const NAME = /^([12]D) .* (linear|density|wavefunction) /;

/** The names of the cases that passed, a few of each dimension and output stage. @throws ConformanceError */
async function conform(): Promise<string[]> {
  const counts = new Map<string, number>();
  const passed: string[] = [];
  const engine = await webgpuEngine();
  for (const one of conformanceCases('pairs')) {
    const [, dimension, stage] = NAME.exec(one.name) ?? [];
    const kind = `${dimension} ${stage}`;
    const count = counts.get(kind) ?? 0;
    if (!stage || count === CASES_OF_EACH) continue;
    counts.set(kind, count + 1);
    await checkConformance(engine, one);
    passed.push(one.name);
  }
  engine.close();
  return passed;
}

Object.assign(globalThis, { conform });
