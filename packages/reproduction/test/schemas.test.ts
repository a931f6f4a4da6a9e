import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../../scripts/schemas.mjs');

it('the schemas and the page of options in the repository are those that the program has', async () => {
  await expect(promisify(execFile)(process.execPath, [SCRIPT, '--check'])).resolves.toMatchObject({ stderr: '' });
});
