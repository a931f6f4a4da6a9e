import { basename, join } from 'node:path';
import { ArgumentError } from '@dyadic/errors';

/** Part k of n of a dataset: its shards k − 1, k − 1 + n, k − 1 + 2n, … */
export interface Part {
  /** From 1 to {@link parts}. */
  readonly part: number;
  readonly parts: number;
}

/** Folder within that of a dataset where its parts are until they are merged. */
export const PARTS_FOLDER = 'parts';

const MOST_PARTS = 1_000_000;

/** Reads `k/n`. @throws ArgumentError */
export function parsePart(option: string, text: string): Part {
  const [part, parts] = /^(\d{1,7})\/(\d{1,7})$/.exec(text)?.slice(1).map(Number) ?? [0, 0];
  if (part! < 1 || part! > parts! || parts! > MOST_PARTS) {
    throw new ArgumentError(option, text, `k/n with 1 ≤ k ≤ n ≤ ${MOST_PARTS}, such as 2/7`);
  }
  return { part: part!, parts: parts! };
}

/** A part's own folder: no two machines write to one. */
export function partFolder(datasetFolder: string, { part, parts }: Part): string {
  return join(datasetFolder, PARTS_FOLDER, `${part}-of-${parts}`);
}

/** Which part a folder is, by its name; undefined for a folder of another name. */
export function partOfFolder(folder: string): Part | undefined {
  const [part, parts] = /^(\d+)-of-(\d+)$/.exec(basename(folder))?.slice(1).map(Number) ?? [];
  return part === undefined ? undefined : { part, parts: parts! };
}

/** Whether a shard belongs to a part; all belong to the whole. */
export function isOfPart(shard: number, part?: Part): boolean {
  return part === undefined || shard % part.parts === part.part - 1;
}
