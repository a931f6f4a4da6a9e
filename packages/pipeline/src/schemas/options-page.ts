import type { JsonSchema } from './documents.js';

/**
 * A Markdown page of all entries of documents, with their values and meanings.
 *
 * @param schemas - JSON Schemas by file name, as {@link jsonSchemas} returns.
 */
export function optionsPage(title: string, intro: string, schemas: Readonly<Record<string, JsonSchema>>): string {
  const parts = Object.values(schemas).flatMap((schema) => [
    `## ${schema.title}`,
    ...branchesOf(schema).flatMap((branch) => {
      const equation = constantOf(branch, 'equation');
      return [...(equation ? [`### equation: ${equation}`] : []), tableOf(branch)];
    }),
  ]);
  return `${[`# ${title}`, intro, ...parts].join('\n\n')}\n`;
}

function tableOf(schema: JsonSchema): string {
  const rows = entriesOf(schema, '').map(([path, entry, required]) => {
    const cells = [`\`${path}\``, kindOf(entry), required ? 'yes' : '', String(entry.description ?? '')];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| entry | value | required | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

type Row = readonly [path: string, entry: JsonSchema, required: boolean];

/** Entries by path; `…` represents a name that the user chooses. */
function entriesOf(schema: JsonSchema, path: string): Row[] {
  const required = (schema.required ?? []) as string[];
  const own = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
    .filter(([name]) => !name.startsWith('$'))
    .map(([name, entry]) => [name, entry, required.includes(name) && entry.default === undefined] as const);
  const named = schema.additionalProperties;
  if (typeof named === 'object' && named !== null) own.push(['…', named as JsonSchema, false]);
  return own.flatMap(([name, entry, isRequired]) => {
    const place = path ? `${path}.${name}` : name;
    return [[place, entry, isRequired] as const, ...alternatives(branchesOf(entry), place)];
  });
}

/** The rows of alternatives, each once. A row that differs between alternatives names those that it belongs to. */
function alternatives(branches: readonly JsonSchema[], place: string): Row[] {
  const rows = new Map<string, { row: Row; names: string[] }>();
  const named = branches.filter((branch) => entriesOf(branch, place).length > 0);
  for (const branch of named) {
    for (const row of entriesOf(branch, place)) {
      const [path, entry] = row;
      const key = [path, kindOf(entry), entry.description].join();
      const known = rows.get(key) ?? { row, names: [] };
      known.names.push(labelOf(branch));
      rows.set(key, known);
    }
  }
  return [...rows.values()].map(({ row, names }) => {
    const [path, entry, required] = row;
    if (names.length === named.length || entry.const !== undefined) return row;
    const meaning = entry.description === undefined ? '' : `: ${entry.description}`;
    return [path, { ...entry, description: `${names.join(', ')}${meaning}` }, required];
  });
}

function branchesOf(schema: JsonSchema): JsonSchema[] {
  const branches = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  return branches ? branches.flatMap(branchesOf) : [schema];
}

/** The label of an alternative: its name, or its structures. */
function labelOf({ properties = {} }: JsonSchema): string {
  const { name, structure } = properties as Record<string, JsonSchema>;
  if (name?.const !== undefined) return String(name.const);
  const structures = structure?.const === undefined ? (structure?.enum as string[] | undefined) : [structure.const];
  return structures ? `structure ${structures.join(' or ')}` : 'otherwise';
}

function constantOf(schema: JsonSchema, name: string): unknown {
  return ((schema.properties ?? {}) as Record<string, JsonSchema>)[name]?.const;
}

/** The allowed values of an entry, in words. */
function kindOf(schema: JsonSchema): string {
  const branches = branchesOf(schema);
  if (branches.length > 1) return [...new Set(branches.map(kindOf))].join(', or ');
  const { type, const: constant, enum: values, items, prefixItems } = branches[0]!;
  if (constant !== undefined) return `\`${JSON.stringify(constant)}\``;
  if (Array.isArray(values)) return values.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (type === 'array') {
    const inner = Array.isArray(prefixItems) ? prefixItems.map(kindOf).join(', ') : kindOf((items ?? {}) as JsonSchema);
    return `[${inner}${Array.isArray(prefixItems) ? '' : ', …'}]`;
  }
  return `${type ?? 'anything'}${rangeOf(branches[0]!)}`;
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const safe = (bound: unknown) => typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  return [
    safe(minimum) ? ` ≥ ${minimum}` : '',
    safe(exclusiveMinimum) ? ` > ${exclusiveMinimum}` : '',
    safe(maximum) ? ` ≤ ${maximum}` : '',
    safe(exclusiveMaximum) ? ` < ${exclusiveMaximum}` : '',
  ].join('');
}
