import { basename, join } from 'node:path';
import { ArgumentError } from '@dyadic/errors';

/** Part k of n of a dataset: its shards k − 1, k − 1 + n, k − 1 + 2n, … */
export interface Part {
  /** k, from 1 to n. */
  readonly part: number;
  /** n. */
  readonly parts: number;
}

/** Subfolder of a dataset for its parts until they are merged. */
export const PARTS_FOLDER = 'parts';

const MOST_PARTS = 1_000_000;

/** Parses `k/n`. @param option - Name of the argument in error messages. @throws ArgumentError unless 1 ≤ k ≤ n ≤ 1,000,000 */
export function parsePart(option: string, text: string): Part {
  const [part, parts] = /^(\d{1,7})\/(\d{1,7})$/.exec(text)?.slice(1).map(Number) ?? [0, 0];
  if (part! < 1 || part! > parts! || parts! > MOST_PARTS) {
    throw new ArgumentError(option, text, `k/n with 1 ≤ k ≤ n ≤ ${MOST_PARTS}, such as 2/7`);
  }
  return { part: part!, parts: parts! };
}

/** The folder of a part, `parts/k-of-n`, so that no two machines write to the same one. */
export function partFolder(datasetFolder: string, { part, parts }: Part): string {
  return join(datasetFolder, PARTS_FOLDER, `${part}-of-${parts}`);
}

/** The part that a folder name `k-of-n` denotes; undefined for any other name. */
export function partOfFolder(folder: string): Part | undefined {
  const [part, parts] = /^(\d+)-of-(\d+)$/.exec(basename(folder))?.slice(1).map(Number) ?? [];
  return part === undefined ? undefined : { part, parts: parts! };
}

/** Whether a shard belongs to a part; without a part, always true. */
export function isOfPart(shard: number, part?: Part): boolean {
  return part === undefined || shard % part.parts === part.part - 1;
}
