/**
 * The tests of `@dyadic/engine-webgpu` on a device: on the graphics device of this machine where Vulkan finds one, else on
 * SwiftShader, which computes on the CPU and comes with Debian's `chromium`. Where there is neither, the tests say so and
 * are skipped. Arguments go to vitest.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CHROMIUM = '/usr/lib/chromium';
const ICD = `${CHROMIUM}/vk_swiftshader_icd.json`;

const ownDriver = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'].some(existsSync);
const swiftshader = { VK_ICD_FILENAMES: ICD, LD_LIBRARY_PATH: CHROMIUM };
const env = { ...(!ownDriver && existsSync(ICD) && swiftshader), ...process.env };
const cwd = fileURLToPath(new URL('../packages/engine-webgpu', import.meta.url));
const config = ['--config', '../../vitest.long.config.ts'];
const { status } = spawnSync('npx', ['vitest', 'run', ...config, ...process.argv.slice(2)], {
  cwd,
  env,
  stdio: 'inherit',
});
process.exit(status ?? 1);
