// A data set of 40 ground states in code: the recipe of a folder, with other entries, into a folder of one's own.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contentChecksum, openDataset } from '@dyadic/dataset';
import { generate, resolveRecipe } from '@dyadic/pipeline';

const out = process.argv[2] ?? join(import.meta.dirname, 'data');
const recipes = fileURLToPath(new URL('../../datasets/nlse-1d', import.meta.url));
const recipe = await resolveRecipe(recipes, 'quick', { samples: 40, shardRows: 20, 'potential.wells': 3 });
const { computed, manifest } = await generate(recipe, {
  out,
  onEvent: (event) => event.type === 'progress' && console.log(`${event.done} of ${event.total}`),
});
console.log(`${computed} computed, content ${contentChecksum(manifest)}`);

const dataset = await openDataset(out);
const { potential, energy } = await dataset.read(['potential', 'energy'], 0, 1);
console.log(`sample 0: min V ${Math.min(...potential).toFixed(3)}, energy ${energy[0].toFixed(6)}`);
