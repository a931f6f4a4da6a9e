import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Everything that is published: all packages and the command. */
async function published(): Promise<{ name: string; folder: string }[]> {
  const packages = (await readdir(join(ROOT, 'packages'))).map((name) => join(ROOT, 'packages', name));
  return Promise.all(
    [...packages, join(ROOT, 'apps/cli')].map(async (folder) => {
      const { name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      return { name, folder };
    }),
  );
}

const packages = await published();
let project: string;

/** A plain project outside this repository with the packed tarballs installed. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'dyadic-packaging-'));
  const tarballs = join(project, 'tarballs');
  await mkdir(tarballs);
  const pack = ['pack', '--silent', '--pack-destination', tarballs, ...packages.map(({ folder }) => folder)];
  await run('npm', pack, { cwd: ROOT });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'plain', private: true, type: 'module' }));
  const files = (await readdir(tarballs)).map((name) => join(tarballs, name));
  const flags = ['--prefer-offline', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  await run('npm', ['install', ...flags, ...files], { cwd: project });
}, 300_000);

afterAll(() => rm(project, { recursive: true, force: true }));

describe('npm pack tarballs in a plain project', () => {
  it('hold code, declarations and a README, and no tests or build state', async () => {
    for (const { name, folder } of packages) {
      const installed = join(project, 'node_modules', name);
      const names = await readdir(installed);
      expect([name, ...names]).toEqual(expect.arrayContaining([name, 'README.md', 'dist', 'package.json']));
      expect(names).not.toContain('test');
      const { exports, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      expect(version).toMatch(/^\d+\.\d+\.\d+/);
      if (exports) await readFile(join(installed, exports['.'].types));
    }
  });

  it("`import { groundState } from '@dyadic/nlse'` solves", async () => {
    const script = `
import { groundState } from '@dyadic/nlse';
import { periodicGrid } from '@dyadic/spectral';
const { status, chemicalPotential } = groundState(new Float64Array(64).fill(1), periodicGrid({ dimension: 1, points: 64 }));
console.log(status, chemicalPotential.toFixed(6));`;
    await writeFile(join(project, 'solve.js'), script);
    const { stdout } = await run(process.execPath, ['solve.js'], { cwd: project });
    expect(stdout).toBe('converged 11.000000\n');
  });

  it('nothing but the index of a package can be imported', async () => {
    const script = `await import('@dyadic/spectral/dist/grid.js')`;
    const attempt = run(process.execPath, ['--input-type=module', '-e', script], { cwd: project });
    await expect(attempt).rejects.toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  it('the command runs', async () => {
    const { stdout } = await run(join(project, 'node_modules/.bin/dyadic'), ['--help'], { cwd: project });
    expect(stdout).toMatch(/generate/);
  });
});

describe('README examples run as they stand', () => {
  const libraries = packages.filter(({ name }) => name !== '@dyadic/cli');
  it.each(libraries)('$name', async ({ name, folder }) => {
    const readme = await readFile(join(folder, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]!);
    expect(examples.length).toBeGreaterThan(0);
    for (const [i, example] of examples.entries()) {
      const file = join(project, `${name.replace(/\W/g, '-')}-${i}.mjs`);
      await writeFile(file, example);
      const { stdout, stderr } = await run(process.execPath, [file], { cwd: project });
      expect(stderr).toBe('');
      expect(stdout).not.toMatch(/NaN|undefined/);
    }
  });
});
