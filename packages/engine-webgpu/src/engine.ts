import { ArgumentError, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import type { Engine, Network } from '@dyadic/mnn';
import { findAdapter, type Importer } from './adapter.js';
import type { Form } from './form.js';
import { Gpu } from './gpu.js';
import { WebgpuSession } from './session.js';

/** How to run the engine. */
export interface WebgpuEngineOptions {
  /** A WebGPU, as `navigator.gpu` is; default that, or in Node the one of the npm package `webgpu`. */
  readonly gpu?: object;
  /**
   * What computes a sample: one workgroup with its activations in workgroup memory (`workgroup`, where they fit) or in a buffer
   * (`workspace`), or the whole device stage by stage, number by number (`spread`) or by tiles of matrix products (`tiles`). Default: what suits network and device.
   */
  readonly form?: Form;
}

/** An engine that tells what it runs on. */
export interface WebgpuEngine extends Engine {
  /** Vendor, architecture and driver. */
  readonly adapter: string;
  /** Whether the adapter is a CPU in disguise, which is right but slow. */
  readonly software: boolean;
  open(network: Network): Promise<WebgpuSession>;
  /** Gives the device back; sessions that are still open can do nothing more. */
  close(): void;
}

const FORMS: readonly Form[] = ['workgroup', 'workspace', 'spread', 'tiles'];

/**
 * Loss, gradient and prediction in compute shaders, on the graphics device that WebGPU finds first.
 *
 * @example
 * const engine = await webgpuEngine();
 * const session = await engine.open(mnn({ points: 320, levels: 6, channels: 6, kernelLayers: 5 }));
 * @throws ArgumentError when an option is wrong; NoDeviceError when there is no device; DeviceError when the device refuses
 */
export async function webgpuEngine(options: WebgpuEngineOptions = {}): Promise<WebgpuEngine> {
  requireKnownOptions('webgpuEngine', options, ['gpu', 'form']);
  const { gpu, form } = options;
  if (form !== undefined) requireOneOf<Form>('webgpuEngine.form', form, FORMS);
  const opened = await Gpu.open(await findAdapter(gpu as GPU | undefined, importPackage));
  const { name, software } = opened.info;
  return {
    name: 'webgpu',
    adapter: name,
    software,
    description: `webgpu (${name})`,
    open: (network) => WebgpuSession.open(opened, requireNetwork(network), form),
    close: () => opened.device.destroy(),
  };
}

/** Bundlers are not to look for a package that browsers do not need. */
const importPackage: Importer = (name) => import(/* webpackIgnore: true */ /* @vite-ignore */ name);

function requireNetwork(network: Network): Network {
  if (network?.layers === undefined) throw new ArgumentError('network', network, 'a network made by mnn()');
  return network;
}
