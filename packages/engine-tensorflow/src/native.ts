/**
 * Links `@tensorflow/tfjs-node` and `-gpu` 4.22 to the library in TensorFlow's Python wheel: their own install step downloads a
 * libtensorflow that is years old, if it can. Compiles the binding against the headers and libraries of the wheel, which stay in
 * place and are linked. Records every file it makes, so that the installation can be undone.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DataError, DyadicError } from '@dyadic/errors';

const run = promisify(execFile);

/** Options of {@link installNative}. */
export interface NativeOptions {
  /** The folder whose `node_modules` has the TensorFlow.js package. */
  readonly folder: string;
  /** Whether to use `@tensorflow/tfjs-node-gpu` and `tensorflow[and-cuda]`. */
  readonly gpu: boolean;
  /** A Python with TensorFlow; default `python3` if it has it, else that of a new environment. */
  readonly python?: string;
  /** Called at the start of each step. */
  readonly onStep?: (step: string) => void;
}

/** Result of {@link installNative}. */
export interface NativeBinding {
  /** Version of TensorFlow, for example `2.20.0`. */
  readonly version: string;
  /** Path of the compiled binding. */
  readonly binding: string;
}

/** The record of an installation, for {@link removeNative}. */
interface Record {
  readonly made: readonly string[];
}

const RECORD = 'dyadic-native.json';

/** Native TensorFlow could not be set up; the message names the step and the reason. */
export class NativeError extends DyadicError {
  constructor(step: string, reason: string) {
    super('native-tensorflow', `${step}: ${reason}`);
  }
}

/** Compiles the binding and tests it with a matrix product and its gradient. @throws NativeError */
export async function installNative(options: NativeOptions): Promise<NativeBinding> {
  const { folder, gpu, onStep = () => {} } = options;
  const target = packageFolder(folder, gpu);
  if (existsSync(join(target, RECORD))) await removeNative(options);
  const made: string[] = [];
  const remember = async (path: string) => {
    made.push(path);
    await writeFile(join(target, RECORD), JSON.stringify({ made } satisfies Record));
  };
  try {
    onStep('looking for a Python with TensorFlow');
    const python = options.python ?? (await findPython(gpu, onStep, remember));
    const wheel = await wheelOf(python);
    onStep(`linking the library of TensorFlow ${wheel.version}`);
    await linkLibraries(target, wheel.folder, remember);
    onStep('compiling the binding');
    const binding = join(target, 'lib', 'napi-v8', 'tfjs_binding.node');
    await compile(target, binding, await nodeHeaders(remember), remember);
    onStep('trying it');
    await check(folder, gpu);
    return { version: wheel.version, binding };
  } catch (error) {
    await removeNative(options);
    throw error;
  }
}

/** Removes what {@link installNative} made, including a Python environment. @returns whether there was anything */
export async function removeNative({ folder, gpu }: Pick<NativeOptions, 'folder' | 'gpu'>): Promise<boolean> {
  const record = join(packageFolder(folder, gpu), RECORD);
  if (!existsSync(record)) return false;
  const { made } = JSON.parse(await readFile(record, 'utf8')) as Record;
  // Removes links, not their targets.
  for (const path of made.toReversed()) await rm(path, { recursive: true, force: true });
  await rm(record);
  return true;
}

/** The folder of the npm package. @throws DataError with the command that installs it */
function packageFolder(folder: string, gpu: boolean): string {
  const name = `@tensorflow/tfjs-node${gpu ? '-gpu' : ''}`;
  try {
    return dirname(createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    throw new DataError(folder, `has no ${name}; install it with: npm install --ignore-scripts ${name}@4.22.0`);
  }
}

async function findPython(
  gpu: boolean,
  onStep: (step: string) => void,
  remember: (path: string) => Promise<void>,
): Promise<string> {
  if (await succeeds('python3', ['-c', 'import tensorflow'])) return 'python3';
  const environment = join(homedir(), '.cache', 'dyadic', gpu ? 'tensorflow-gpu' : 'tensorflow');
  const python = join(environment, 'bin', 'python3');
  if (await succeeds(python, ['-c', 'import tensorflow'])) return python;
  onStep(`making a Python environment in ${environment}: TensorFlow is some 600 MB, with CUDA 4 GB`);
  await remember(environment);
  await step('python3 -m venv', run('python3', ['-m', 'venv', environment]));
  const wanted = gpu ? 'tensorflow[and-cuda]' : 'tensorflow';
  await step(`pip install ${wanted}`, run(python, ['-m', 'pip', 'install', '--quiet', wanted], LARGE));
  return python;
}

/** The folder and the version of the wheel. */
async function wheelOf(python: string): Promise<{ folder: string; version: string }> {
  const script = 'import tensorflow as t, os; print(t.__version__); print(os.path.dirname(t.__file__))';
  const { stdout } = await step(`${python}: import tensorflow`, run(python, ['-c', script], LARGE));
  const [version, folder] = stdout.trim().split('\n').slice(-2);
  return { version: version!, folder: folder! };
}

async function linkLibraries(target: string, wheel: string, remember: (path: string) => Promise<void>): Promise<void> {
  const names = await readdir(wheel);
  const library = (stem: string) => {
    const found = names.find((name) => name.startsWith(`${stem}.`));
    if (!found) throw new NativeError('linking', `${wheel} has no ${stem}`);
    return join(wheel, found);
  };
  const [core, framework] = [library('libtensorflow_cc.so'), library('libtensorflow_framework.so')];
  const deps = join(target, 'deps');
  if (!existsSync(deps)) await remember(deps);
  await mkdir(join(deps, 'lib'), { recursive: true });
  const links = {
    include: join(wheel, 'include'),
    'lib/libtensorflow.so': core,
    'lib/libtensorflow_cc.so.2': core,
    'lib/libtensorflow_framework.so': framework,
    'lib/libtensorflow_framework.so.2': framework,
  };
  for (const [name, to] of Object.entries(links)) {
    await remember(join(deps, name));
    await step(`linking ${name}`, symlink(to, join(deps, name)));
  }
}

/** The headers of Node-API: those of this Node, or those of the npm package. */
async function nodeHeaders(remember: (path: string) => Promise<void>): Promise<string> {
  const own = join(dirname(dirname(process.execPath)), 'include', 'node');
  if (existsSync(join(own, 'node_api.h'))) return own;
  const folder = join(homedir(), '.cache', 'dyadic', 'node-api-headers');
  await remember(folder);
  await mkdir(folder, { recursive: true });
  const install = ['install', '--prefix', folder, '--no-audit', '--no-fund', 'node-api-headers'];
  await step('npm install node-api-headers', run('npm', install, LARGE));
  return join(folder, 'node_modules', 'node-api-headers', 'include');
}

async function compile(
  target: string,
  binding: string,
  headers: string,
  remember: (path: string) => Promise<void>,
): Promise<void> {
  const sources = (await readdir(join(target, 'binding'))).filter((name) => name.endsWith('.cc'));
  await remember(join(target, 'lib'));
  await mkdir(dirname(binding), { recursive: true });
  const flags = ['-O2', '-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8', '-w'];
  const includes = [headers, join(target, 'deps', 'include'), join(target, 'binding')].flatMap((path) => ['-I', path]);
  const libraries = ['-L', join(target, 'deps', 'lib'), '-ltensorflow', '-ltensorflow_framework'];
  const paths = ['-Wl,-rpath,$ORIGIN/../../deps/lib'];
  const files = sources.map((name) => join(target, 'binding', name));
  await step('g++', run('g++', [...flags, ...includes, ...files, ...libraries, ...paths, '-o', binding], LARGE));
}

/** Computes a matrix product and its gradient in a child process, which an incompatible library would crash. */
async function check(folder: string, gpu: boolean): Promise<void> {
  const script = `
    const util = require('node:util');
    util.isNullOrUndefined ??= (value) => value === null || value === undefined;
    util.isArray ??= Array.isArray;
    const tf = require('@tensorflow/tfjs-node${gpu ? '-gpu' : ''}');
    const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const b = tf.tensor2d([5, 6, 7, 8], [2, 2]);
    const slope = tf.grad((x) => tf.matMul(x, b).square().sum())(a);
    console.log(JSON.stringify([tf.getBackend(), ...tf.matMul(a, b).dataSync(), ...slope.dataSync()]));`;
  const { stdout } = await step('trying the binding', run(process.execPath, ['-e', script], { cwd: folder, ...LARGE }));
  const [backend, ...numbers] = JSON.parse(stdout.trim().split('\n').at(-1)!) as [string, ...number[]];
  // A B and 2 A B Bᵀ
  const right = [19, 22, 43, 50, 454, 618, 1030, 1402];
  if (backend !== 'tensorflow' || numbers.some((value, i) => Math.abs(value - right[i]!) > 1e-3)) {
    throw new NativeError('trying the binding', `backend ${backend} gave ${numbers}; expected ${right}`);
  }
}

const LARGE = { maxBuffer: 2 ** 26 };

async function succeeds(command: string, args: string[]): Promise<boolean> {
  return run(command, args, LARGE).then(
    () => true,
    () => false,
  );
}

/** Turns a failure into an error that names the step, with the last lines of the command's output. @throws NativeError */
async function step<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new NativeError(name, stderr?.trim().split('\n').slice(-3).join(' ') || message);
  }
}
