/**
 * `@tensorflow/tfjs-node` and `-gpu` 4.22 against the library in TensorFlow's Python wheel: their own install step downloads
 * a libtensorflow that is years old, where it can. The binding is compiled with the headers and the libraries of the wheel, which
 * stay where they are; links lead to them. What is made is written down, so that it can be undone.
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

/** What was asked for. */
export interface NativeOptions {
  /** Folder whose `node_modules` holds the TensorFlow.js package. */
  readonly folder: string;
  /** For `@tensorflow/tfjs-node-gpu` and `tensorflow[and-cuda]`. */
  readonly gpu: boolean;
  /** A Python that has TensorFlow; default `python3` if it does, else one in an environment that is made. */
  readonly python?: string;
  /** Told of each step as it begins. */
  readonly onStep?: (step: string) => void;
}

/** What was made. */
export interface NativeBinding {
  /** Of TensorFlow, for example `2.20.0`. */
  readonly version: string;
  readonly binding: string;
}

/** What {@link removeNative} needs to know. */
interface Record {
  readonly made: readonly string[];
}

const RECORD = 'dyadic-native.json';

/** Native TensorFlow could not be set up; the message says at which step and why. */
export class NativeError extends DyadicError {
  constructor(step: string, reason: string) {
    super('native-tensorflow', `${step}: ${reason}`);
  }
}

/** Compiles the binding, and has it multiply two matrices and differentiate. @throws NativeError */
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

/** Removes what {@link installNative} made, an environment of Python's too. @returns Whether there was anything. */
export async function removeNative({ folder, gpu }: Pick<NativeOptions, 'folder' | 'gpu'>): Promise<boolean> {
  const record = join(packageFolder(folder, gpu), RECORD);
  if (!existsSync(record)) return false;
  const { made } = JSON.parse(await readFile(record, 'utf8')) as Record;
  // Links are removed, not what they lead to.
  for (const path of made.toReversed()) await rm(path, { recursive: true, force: true });
  await rm(record);
  return true;
}

/** Where npm put the package. @throws DataError with the command that puts it there */
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

/** The folder of the wheel, and its version. */
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

/** Headers of Node's C interface: those that came with this Node, or npm's. */
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

/** A product of matrices and its gradient, in a process of its own: a wrong library ends it. */
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
  // A B, and 2 A B Bᵀ
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

/** Names the step at which something failed, with the last lines that the command wrote. */
async function step<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new NativeError(name, stderr?.trim().split('\n').slice(-3).join(' ') || message);
  }
}
