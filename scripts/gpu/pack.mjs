/**
 * Puts all that the scripts here and the command `dyadic` need into one folder, for a machine that has a GPU and neither
 * Node nor a network: this Node, compressed, the packages built here, the recipes and experiments of `apps` and `datasets`,
 * Dawn, and the Vulkan loader where apt-get can fetch it.
 *
 *   npm run build && node scripts/gpu/pack.mjs [--to scripts/gpu/bundle]
 *   on the machine: sh scripts/gpu/bundle/run.sh measure [--out folder for the results] [other arguments of measure.mjs]
 *                   sh scripts/gpu/bundle/run.sh profile [arguments of profile.mjs]
 *                   sh scripts/gpu/bundle/run.sh table [arguments of table.mjs]
 *                   sh scripts/gpu/bundle/run.sh dyadic [arguments of the command, which works in the bundle's folder]
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({ options: { to: { type: 'string', default: join(ROOT, 'scripts/gpu/bundle') } } });
const TO = values.to;
const DIRECT = ['cli', 'engine-wasm', 'engine-webgpu', 'mnn', 'random', 'reproduction', 'training'].map(
  (name) => `@dyadic/${name}`,
);
/** The folders that the command works on. */
const WORKED_ON = ['apps', 'datasets'];
/** Debian's packages of {@link addVulkanLoader}. */
const LOADERS = [
  'libvulkan1',
  'libegl1',
  'libglvnd0',
  'libglx0',
  'libx11-6',
  'libxext6',
  'libxcb1',
  'libxau6',
  'libxdmcp6',
  'libbsd0',
  'libmd0',
];
/** What no program loads. */
const LEFT_OUT = /\.map$|\.d\.[cm]?ts$|\/(src|test|node_modules|build)$|\.tsbuildinfo$|\.umd\.|\/es5\b|\/es2015\b/;
/** Packages that only reading and writing of HDF5 needs, and that are large. */
const PACKAGES_LEFT_OUT = new Set(['h5wasm']);
/** What packed files are kept in, as packing Node takes a minute. */
const PACKED = join(ROOT, 'node_modules/.cache/dyadic-packed');

rmSync(TO, { recursive: true, force: true });
mkdirSync(join(TO, 'node_modules'), { recursive: true });
for (const [place, folder] of withDependencies([...DIRECT, 'webgpu'])) copyPackage(place, folder);
for (const folder of ['scripts/gpu', 'bench', 'bench/peers']) copyFiles(folder);
for (const folder of WORKED_ON) copyDeclarations(folder);
compress(process.execPath, 'node.xz');
const DAWN = 'node_modules/webgpu/dist/linux-x64/dawn.node';
compress(join(TO, DAWN), `${DAWN}.xz`);
rmSync(join(TO, DAWN));
addVulkanLoader();
writeFileSync(
  join(TO, 'run.sh'),
  `#!/bin/sh
# Runs a script of scripts/gpu, or the command dyadic, with what lies beside this file: run.sh measure --out results
here=$(cd "$(dirname "$0")" && pwd)
script=$1
shift
unpack() {
  [ -f "$2" ] && return
  if command -v xz > /dev/null; then xz -dc "$1" > "$2"
  else python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' "$1" "$2"; fi
}
unpack "$here/node.xz" "$here/node"
unpack "$here/${DAWN}.xz" "$here/${DAWN}"
chmod +x "$here/node"
[ -d "$here/lib" ] && export LD_LIBRARY_PATH="$here/lib:$LD_LIBRARY_PATH"
# NVIDIA's driver may be mounted where the loader does not look.
icd=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
[ -f "$icd" ] && [ ! -d /usr/share/vulkan/icd.d ] && [ ! -d /etc/vulkan/icd.d ] && export VK_DRIVER_FILES=$icd
[ "$script" = dyadic ] && cd "$here" && exec ./node node_modules/@dyadic/cli/bin/dyadic.js "$@"
exec "$here/node" "$here/scripts/gpu/$script.mjs" "$@"
`,
);
console.log(execFileSync('du', ['-sh', TO], { encoding: 'utf8' }).trim());

/**
 * The packages and all that they depend on, but for what only other machines need: where each lies, by its place in the
 * bundle's `node_modules`. A package with a version of its own of another has it in its own `node_modules`.
 */
function withDependencies(names) {
  const found = new Map();
  const visit = (name, user) => {
    const own = user && join(found.get(user), 'node_modules', name);
    const isOwn = user && existsSync(own);
    const place = isOwn ? join(user, 'node_modules', name) : name;
    const folder = isOwn ? own : join(ROOT, 'node_modules', name);
    if (found.has(place) || PACKAGES_LEFT_OUT.has(name) || !existsSync(folder)) return;
    found.set(place, folder);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(dependencies)) if (!dependency.startsWith('@types/')) visit(dependency, place);
  };
  for (const name of names) visit(name);
  return found;
}

/** Copies a package to its place in `node_modules`. */
function copyPackage(place, from) {
  const other = place === 'webgpu' ? /\/dist\/(?!linux-x64)[^/]+$/ : /^$/;
  cpSync(from, join(TO, 'node_modules', place), {
    recursive: true,
    dereference: true,
    filter: (path) => !LEFT_OUT.test(path.slice(from.length)) && !other.test(path),
  });
}

/** Packs a file with xz to a place in the bundle. */
function compress(file, to) {
  const { size, mtimeMs } = statSync(file);
  const packed = join(PACKED, `${basename(file)}-${size}-${Math.round(mtimeMs)}.xz`);
  if (!existsSync(packed)) {
    mkdirSync(PACKED, { recursive: true });
    execFileSync('sh', ['-c', 'xz -T0 -6 -c "$0" > "$1.part" && mv "$1.part" "$1"', file, packed]);
  }
  cpSync(packed, join(TO, to));
}

/** The JSON files of a folder's folders, but for data and runs. */
function copyDeclarations(folder) {
  cpSync(join(ROOT, folder), join(TO, folder), {
    recursive: true,
    filter: (path) =>
      !/\/(data|runs|src|test|dist|bin|node_modules)$/.test(path) && (!extname(path) || extname(path) === '.json'),
  });
}

/** The files of a folder, not its folders: the bundle may be one of them. */
function copyFiles(folder) {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    if (entry.isFile()) cpSync(join(ROOT, folder, entry.name), join(TO, folder, entry.name));
  }
}

/**
 * The Vulkan loader, and the libraries of glvnd and X11 that NVIDIA's driver opens though nothing is drawn: without them it
 * answers that it is incompatible.
 */
function addVulkanLoader() {
  const folder = mkdtempSync(join(tmpdir(), 'dyadic-vulkan-'));
  try {
    execFileSync('apt-get', ['download', ...LOADERS], { cwd: folder, stdio: 'ignore' });
    for (const deb of readdirSync(folder)) execFileSync('dpkg', ['-x', deb, 'tree'], { cwd: folder });
    mkdirSync(join(TO, 'lib'));
    const found = execFileSync('find', ['tree', '-name', 'lib*.so.*'], { cwd: folder, encoding: 'utf8' });
    for (const path of found.trim().split('\n')) {
      cpSync(join(folder, path), join(TO, 'lib', basename(path)), { dereference: true });
    }
  } catch {
    console.log('without the Vulkan loader, which apt-get did not fetch here: the machine must have libvulkan.so.1');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
