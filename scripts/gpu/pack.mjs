/**
 * Puts all that measure.mjs needs into one folder, for a machine that has a GPU and neither Node nor a network: this
 * Node, compressed, the packages built here, Dawn, and the Vulkan loader where apt-get can fetch it.
 *
 *   npm run build && node scripts/gpu/pack.mjs [--to scripts/gpu/bundle]
 *   on the machine: sh scripts/gpu/bundle/run.sh measure [--out folder for the results] [other arguments of measure.mjs]
 *                   sh scripts/gpu/bundle/run.sh profile [arguments of profile.mjs]
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({ options: { to: { type: 'string', default: join(ROOT, 'scripts/gpu/bundle') } } });
const TO = values.to;
const DIRECT = ['engine-wasm', 'engine-webgpu', 'mnn', 'random', 'training'].map((name) => `@dyadic/${name}`);
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
const LEFT_OUT = /\.map$|\.d\.[cm]?ts$|\/(src|test|node_modules|build|bin)$|\.tsbuildinfo$|\.umd\.|\/es5\b|\/es2015\b/;

rmSync(TO, { recursive: true, force: true });
mkdirSync(join(TO, 'node_modules'), { recursive: true });
for (const name of withDependencies(DIRECT)) copyPackage(name);
for (const folder of ['scripts/gpu', 'bench', 'bench/peers']) copyFiles(folder);
compress(process.execPath, 'node.xz');
const DAWN = 'node_modules/webgpu/dist/linux-x64/dawn.node';
compress(join(TO, DAWN), `${DAWN}.xz`);
rmSync(join(TO, DAWN));
addVulkanLoader();
writeFileSync(
  join(TO, 'run.sh'),
  `#!/bin/sh
# Runs a script of scripts/gpu with what lies beside this file: run.sh measure --out results
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
exec "$here/node" "$here/scripts/gpu/$script.mjs" "$@"
`,
);
console.log(execFileSync('du', ['-sh', TO], { encoding: 'utf8' }).trim());

function packageFolder(name) {
  return join(ROOT, 'node_modules', name);
}

/** The packages and all that they depend on, but for what only other machines need. */
function withDependencies(names) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name) || !existsSync(packageFolder(name))) return;
    found.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(join(packageFolder(name), 'package.json'), 'utf8'));
    for (const dependency of Object.keys(dependencies)) if (!dependency.startsWith('@types/')) visit(dependency);
  };
  for (const name of names) visit(name);
  return [...found, 'webgpu'];
}

function copyPackage(name) {
  const from = packageFolder(name);
  const other = name === 'webgpu' ? /\/dist\/(?!linux-x64)[^/]+$/ : /^$/;
  cpSync(from, join(TO, 'node_modules', name), {
    recursive: true,
    dereference: true,
    filter: (path) => !LEFT_OUT.test(path.slice(from.length)) && !other.test(path),
  });
}

/** Packs a file with xz to a place in the bundle. */
function compress(file, to) {
  execFileSync('sh', ['-c', 'xz -T0 -6 -c "$0" > "$1"', file, join(TO, to)]);
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
