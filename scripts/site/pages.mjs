/** The pages of the site: which file of the repository becomes which page, and in which group of the menu it stands. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const GUIDES = {
  'docs/extending.md': 'Extending',
  'docs/data.md': 'Data',
  'docs/options.md': 'Options',
  'docs/runs.md': 'Runs',
  'docs/scale.md': 'Scale',
  'docs/glossary.md': 'Glossary',
  'ARCHITECTURE.md': 'Architecture',
  'CONTRIBUTING.md': 'Contributing',
};

const RESULTS = 'docs/results';

/** Folders of results that have pages of their own. */
export function resultFolders(root) {
  const folders = readdirSync(join(root, RESULTS), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => `${RESULTS}/${name}`)
    .filter((folder) => readdirSync(join(root, folder)).some((name) => name.endsWith('.md')));
}

/** The paper's tables, then what each folder of results says, by its first heading. */
function resultPages(root) {
  const sources = [RESULTS, ...resultFolders(root)].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  );
  return sources.map((source) => ({
    source,
    url: source.replace(/^docs\//, '').replace(/(README)?\.md$/, (_, readme) => (readme ? '' : '/')),
    title: /^# ([^:,\n]*)/m.exec(readFileSync(join(root, source), 'utf8'))[1],
    group: 'Results',
  }));
}

/** Problems of the folder `examples`, those with a module of their own first. */
export const EXAMPLES = ['darcy', 'burgers', 'parametric', 'energy', 'darcy-source'];

/**
 * Pages that are Markdown in the repository, as `{ source, url, title, group }`; `url` is a folder of the site.
 *
 * @param {string} root
 */
export function markdownPages(root) {
  const guides = Object.entries(GUIDES).map(([source, title]) => ({
    source,
    url: `guides/${title.toLowerCase()}/`,
    title,
    group: 'Guides',
  }));
  const packages = readdirSync(join(root, 'packages'))
    .sort()
    .map((name) => ({
      source: `packages/${name}/README.md`,
      url: `packages/${name}/`,
      title: name,
      group: 'Packages',
    }));
  return [
    { source: 'README.md', url: '', title: 'Dyadic', group: undefined },
    ...resultPages(root),
    ...guides,
    { source: 'apps/cli/README.md', url: 'command/', title: 'The command', group: 'Guides' },
    ...packages,
  ];
}

/** Pages that are written here, as Markdown: the examples and the cards of the experiments. */
export function writtenPages(root) {
  return [
    { url: 'examples/', title: 'Examples', group: undefined, text: examples(root) },
    { url: 'cards/', title: 'Cards', group: undefined, text: cards(root) },
  ];
}

const read = (root, path) => readFileSync(join(root, path), 'utf8');
const fenced = (language, text) => `\`\`\`${language}\n${text.trim()}\n\`\`\`\n`;

/** The first comment of a script, as a sentence about it, and the script. */
function examples(root) {
  const scripts = readdirSync(join(root, 'examples/scripts')).sort();
  const one = (path, level = '###') => {
    const text = read(root, path);
    const comment = /^\/\*\*([\s\S]*?)\*\/\s*/.exec(text);
    const words = comment?.[1].replace(/^\s*\* ?/gm, '').trim() ?? '';
    return `${level} ${path.split('/').at(-1)}\n\n${words}\n\n${fenced('js', text.slice(comment?.[0].length ?? 0))}`;
  };
  const problem = (name) => {
    const files = ['dataset.json', 'experiment.json'].filter((file) => existsSync(join(root, 'examples', name, file)));
    const module = `examples/${name}/${name}.mjs`;
    return [
      `### ${name}`,
      ...(existsSync(join(root, module)) ? [one(module, '####')] : []),
      ...files.map((file) => `\`${file}\`\n\n${fenced('json', read(root, `examples/${name}/${file}`))}`),
    ].join('\n\n');
  };
  return [
    '# Examples\n\nScripts and problems of the folder `examples`; the tests run every one of them.',
    '## Scripts',
    ...scripts.map((name) => one(`examples/scripts/${name}`)),
    '## Problems of one’s own\n\nA module and two JSON files, or the JSON files alone; [Extending](/guides/extending/) explains them.',
    ...EXAMPLES.map(problem),
  ].join('\n\n');
}

/** What each experiment is of, on what data, and how well the network that comes with the explorer does. */
function cards(root) {
  const models = JSON.parse(read(root, 'apps/explorer/public/models/models.json'));
  const card = ({ name, problem, parameters, epochs, training, testError, mapError, worst }) => {
    const experiment = JSON.parse(read(root, `apps/${name}/experiment.json`));
    const dataset = JSON.parse(read(root, `datasets/${name}/dataset.json`));
    return `## ${name}

${experiment.description}.

${dataset.description}.

| | |
|---|---|
| network | ${parameters.toLocaleString('en')} parameters |
| training samples | ${training.toLocaleString('en')}, ${epochs} epochs |
| mean test error ε${mapError ? ' of the field with the network inside' : ''} | ${testError} |
${mapError ? `| of the map alone | ${mapError} |\n` : ''}| worst of the test set | ${worst[0].error}, sample ${worst[0].sample} |
| data | ${dataset.profiles.quick.samples.toLocaleString('en')} samples, seed ${dataset.seed}; \`npm run generate --workspace @dyadic/dataset-${name}\` |
| see it | [in the explorer](/explorer/#p=${problem}) |

${fenced('json', JSON.stringify({ ...dataset, $schema: undefined }, null, 2))}`;
  };
  const about = `# Cards

The experiments of the explorer as their quick profile runs them: the networks that the [explorer](/explorer/) shows. \`dyadic generate\`
writes a card with statistics and histograms beside every data set.`;
  return [about, ...models.map(card)].join('\n\n');
}
