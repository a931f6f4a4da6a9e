/**
 * Puts all that measure.mjs needs into one folder, for a machine that has a GPU and neither Node nor a network: this
 * Node, compressed, the packages built here, Dawn, and the Vulkan loader where apt-get can fetch it.
 *
 *   npm run build && node scripts/gpu/pack.mjs [--to scripts/gpu/bundle]
 *   on the machine: sh scripts/gpu/bundle/run.sh [folder for the results] [arguments of measure.mjs]
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({ options: { to: { type: 'string', default: join(ROOT, 'scripts/gpu/bundle') } } });
const TO = values.to;
const DIRECT = ['engine-wasm', 'engine-webgpu', 'mnn', 'random', 'training'].map((name) => `@dyadic/${name}`);
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
# Runs measure.mjs with what lies beside this file; the first argument is the folder for the results.
here=$(cd "$(dirname "$0")" && pwd)
out=\${1:-$here/results}
[ $# -gt 0 ] && shift
node=$(mktemp -d)/node
unpack() {
  if command -v xz > /dev/null; then xz -dc "$1" > "$2"
  else python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' "$1" "$2"; fi
}
unpack "$here/node.xz" "$node"
unpack "$here/${DAWN}.xz" "$here/${DAWN}"
chmod +x "$node"
[ -d "$here/lib" ] && export LD_LIBRARY_PATH="$here/lib:$LD_LIBRARY_PATH"
# NVIDIA's driver may be mounted where the loader does not look.
icd=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
[ -f "$icd" ] && [ ! -d /usr/share/vulkan/icd.d ] && [ ! -d /etc/vulkan/icd.d ] && export VK_DRIVER_FILES=$icd
cd "$here" && exec "$node" scripts/gpu/measure.mjs --out "$out" "$@"
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

function addVulkanLoader() {
  const folder = mkdtempSync(join(tmpdir(), 'dyadic-vulkan-'));
  try {
    execFileSync('apt-get', ['download', 'libvulkan1'], { cwd: folder, stdio: 'ignore' });
    const [deb] = readdirSync(folder);
    execFileSync('dpkg', ['-x', deb, 'tree'], { cwd: folder });
    const found = execFileSync('find', ['tree', '-name', 'libvulkan.so.1'], { cwd: folder, encoding: 'utf8' }).trim();
    mkdirSync(join(TO, 'lib'));
    cpSync(join(folder, found), join(TO, 'lib/libvulkan.so.1'), { dereference: true });
  } catch {
    console.log('without the Vulkan loader, which apt-get did not fetch here: the machine must have libvulkan.so.1');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
