/** Who computes a sample: what suits a network on a device, and its shaders. */
import type { Network } from '@dyadic/mnn';
import { bufferEntry, type Gpu, type Layout, type Pipelines } from './gpu.js';
import { compile, type Plan } from './plan.js';
import { BINDINGS, NETWORK_WORDS, STEP_WORDS, UNIFORM, WRITTEN } from './shaders/bindings.js';
import { FUSED_CHUNK, fusedModule } from './shaders/fused.js';
import { ITEM_STAGES, SPREAD_CHUNK, SPREAD_ENTRIES, spreadModule } from './shaders/spread.js';
import { tileShape, tileStages } from './shaders/tiles.js';

/**
 * What computes a sample: one workgroup with its activations in workgroup memory, one with them in the workspace, or the whole
 * device stage by stage, number by number or by tiles of matrix products.
 */
export type Form = 'workgroup' | 'workspace' | 'spread' | 'tiles';

/** The forms that do one stage a dispatch. */
export const isSpread = (form: Form) => form === 'spread' || form === 'tiles';

/** Threads of a workgroup that does a whole sample, if the device has them; and of one that does an output stage, also on a CPU. */
const FUSED_THREADS = 512;
const LOSS_THREADS = 1024;
const SOFTWARE_THREADS = 256;

/** Runs up to this length are written out in the shaders. */
const LONGEST_RUN = 12;

/** Activations of a sample beyond which one workgroup is too slow for it. */
const MOST_FOR_ONE_WORKGROUP = 2 ** 15;

/** Workgroup memory is taken in pieces of so many floats, so that few modules serve all networks. */
const MEMORY_PIECE = 4096;

/** A network for a device: the form that does it, its plan and shaders. */
interface Shaders {
  readonly form: Form;
  readonly plan: Plan;
  readonly pipelines: Pipelines;
}

/** @param wanted - The form, or what suits network and device. @throws DeviceError, ArgumentError */
export async function shadersOf(gpu: Gpu, network: Network, wanted?: Form): Promise<Shaders> {
  const { limits } = gpu.device;
  const { software } = gpu.info;
  const most = Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  const bytes = limits.maxComputeWorkgroupStorageSize;
  const threads = powerOfTwo(Math.min(FUSED_THREADS, most));
  const fused = compile(network, FUSED_CHUNK);
  const room = Math.floor(bytes / 4) - threads;
  const fits = fused.activations <= room;
  const form = wanted === 'workgroup' && !fits ? 'workspace' : (wanted ?? bestForm(network, fused, fits, software));
  // A CPU takes long to compile what is written out, and every network has other runs.
  const runs = software ? [] : runsOf(network);
  if (isSpread(form)) {
    const tiles = form === 'tiles' ? tileShape(most, bytes) : undefined;
    const plan = compile(network, tiles?.threads ?? SPREAD_CHUNK, tiles !== undefined);
    const lossThreads = powerOfTwo(Math.min(software ? SOFTWARE_THREADS : LOSS_THREADS, most));
    const code = () => spreadModule(lossThreads, tiles ? tileStages(tiles) : ITEM_STAGES, runs);
    return { form, plan, pipelines: await gpu.pipelines(`${form} ${runs}`, code, layoutOf(form), SPREAD_ENTRIES) };
  }
  const memory = Math.min(Math.ceil(fused.activations / MEMORY_PIECE) * MEMORY_PIECE, room);
  const floats = form === 'workgroup' ? memory : 0;
  const code = () => fusedModule(threads, floats, runs);
  const pipelines = await gpu.pipelines(`fused-${floats} ${runs}`, code, layoutOf(form), ['train', 'predict']);
  return { form, plan: fused, pipelines };
}

function bestForm(network: Network, plan: Plan, fits: boolean, software: boolean): Form {
  // A CPU switches between the threads of a workgroup at every barrier: SwiftShader takes 30 times as long to compile the
  // fused forms, and several times as long to run them.
  if (software) return 'spread';
  if (fits) return 'workgroup';
  return network.dimension === 1 && plan.activations <= MOST_FOR_ONE_WORKGROUP ? 'workspace' : 'tiles';
}

/** Lengths of the runs that kernels read, which shaders write out where they are not long. */
function runsOf(network: Network): number[] {
  const kernels = network.layers.filter(({ kind }) => kind === 'kernel');
  const lengths = kernels.flatMap(({ inputChannels, outputChannels }) => [inputChannels, outputChannels]);
  return [...new Set(lengths)].filter((length) => length <= LONGEST_RUN).sort((a, b) => a - b);
}

function layoutOf(form: Form): Layout {
  const uniform = (binding: number, words: number, hasDynamicOffset: boolean) =>
    bufferEntry(binding, { type: 'uniform', hasDynamicOffset, minBindingSize: 4 * words });
  return [
    ...BINDINGS.map((name, binding) =>
      bufferEntry(binding, { type: WRITTEN.has(name) ? 'storage' : 'read-only-storage' }),
    ),
    uniform(UNIFORM.net, NETWORK_WORDS, false),
    uniform(UNIFORM.step, STEP_WORDS, true),
    ...(isSpread(form) ? [uniform(UNIFORM.stage, 4, true)] : []),
  ];
}

const powerOfTwo = (most: number) => 2 ** Math.floor(Math.log2(most));
