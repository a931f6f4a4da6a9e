import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyOf, EXPERIMENT, RECIPE, type Workspace, workspace } from './fixtures.js';
import { dyadicHere, expectRefusal } from './in-process.js';

describe('damaged or mismatched data', () => {
  it('each gets one clear error, and what was there stays', async () => {
    const original = await workspace();
    await expectRefusal(dyadicHere('train', original.app), /holds no dataset yet\. Run: dyadic generate .*data/);
    await dyadicHere('generate', original.data);
    await expectRefusal(
      dyadicHere('evaluate', original.app),
      /checkpoint\.safetensors: does not exist\. Run: dyadic train/,
    );
    await dyadicHere('train', original.app);
    const checkpoint = (space: Workspace) => join(space.app, 'runs/quick/checkpoint.safetensors');
    const quick = (space: Workspace, file: string) => join(space.data, 'data/quick', file);

    const truncated = await copyOf(original);
    await truncate(quick(truncated, 'shard-00002.arrow'), 500);
    await expectRefusal(
      dyadicHere('train', truncated.app, '--fresh'),
      /shard-00002\.arrow: is truncated: 500 of \d+ bytes/,
    );
    await expectRefusal(dyadicHere('generate', truncated.data), /truncated.*--repair/);
    await expectRefusal(dyadicHere('verify', quick(truncated, '')), /one problem found/);
    await expectRefusal(dyadicHere('verify', truncated.data), /one problem found/);
    await expectRefusal(
      dyadicHere('verify', truncated.root),
      /holds no dataset; expected the folder of manifest\.json/,
    );
    await expectRefusal(dyadicHere('verify', '/nowhere'), /^error: \/nowhere: does not exist$/m);
    expect((await dyadicHere('generate', truncated.data, '--repair')).stdout).toMatch(/8 computed/);
    expect(await readFile(quick(truncated, 'shard-00002.arrow'))).toEqual(
      await readFile(quick(original, 'shard-00002.arrow')),
    );

    const edited = await copyOf(original);
    const manifest = await readFile(quick(edited, 'manifest.json'), 'utf8');
    await writeFile(quick(edited, 'manifest.json'), manifest.replace('"seed": 7', '"seed": 8'));
    await expectRefusal(dyadicHere('train', edited.app), /manifest\.json: was edited or damaged/);

    const reseeded = await copyOf(original);
    await writeFile(join(reseeded.data, 'dataset.json'), JSON.stringify({ ...RECIPE, seed: 8 }));
    await expectRefusal(
      dyadicHere('generate', reseeded.data),
      /holds the dataset 'tiny' of another recipe \(seed was 7, is now 8\)/,
    );

    const rebuilt = await copyOf(original);
    const network = { ...EXPERIMENT.network, channels: 3 };
    await writeFile(join(rebuilt.app, 'experiment.json'), JSON.stringify({ ...EXPERIMENT, network }));
    for (const command of ['train', 'evaluate']) {
      await expectRefusal(
        dyadicHere(command, rebuilt.app),
        /another training run: network\.channels was 2, is now 3.*--fresh/,
      );
    }
    expect(await readFile(checkpoint(rebuilt))).toEqual(await readFile(checkpoint(original)));

    const resized = await copyOf(original);
    await writeFile(
      join(resized.app, 'experiment.json'),
      JSON.stringify({ ...EXPERIMENT, network: { ...network, points: 128 } }),
    );
    await expectRefusal(
      dyadicHere('train', resized.app),
      /network takes fields of 128 points; the dataset's 'potential' has 64/,
    );

    const halved = await copyOf(original);
    await truncate(checkpoint(halved), 1000);
    await expectRefusal(dyadicHere('train', halved.app), /checkpoint\.safetensors: is (not a whole|truncated)/);
    expect((await dyadicHere('train', halved.app, '--fresh')).code).toBe(0);
    expect(await readFile(checkpoint(halved))).toEqual(await readFile(checkpoint(original)));
  });
});
