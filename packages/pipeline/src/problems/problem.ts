import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Domain, Field, Json, Presentation } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import type { z } from 'zod';

/** Floating-point type of the fields on the grid. */
export type Precision = 'float32' | 'float64';

/** The result of a solver. A sample is kept if the status is `converged`. */
export interface SolverState {
  /** `converged`, or the reason why not. */
  readonly status: string;
  /** The residual reached, in the solver's own norm. */
  readonly residual: number;
  readonly iterations: number;
}

/** A column of a dataset, and its value as a function of a sample's input or solution. */
export interface ProblemColumn<From> {
  readonly field: Field;
  /** The value of one sample: a scalar, or `Π shape` numbers, row-major. */
  value(from: From): number | string | ArrayLike<number>;
}

/** Type and shape of a field on the grid. */
export type OnGrid = Pick<Field, 'type' | 'shape'>;

/** The random inputs of a problem. */
export interface Inputs<Settings, Input> {
  /** Plans the draws. Returns a pure function of (seed, index), which draws any sample, in any order, on any machine. */
  draw(settings: Settings): (seed: number, index: number) => Input;
  /** Columns of the input itself, which come first in a dataset. */
  columns(settings: Settings, onGrid: OnGrid): ProblemColumn<Input>[];
  /** Columns of the drawn parameters, which come last. Default none. */
  parameters?(settings: Settings): ProblemColumn<Input>[];
  /** Facts about the inputs that checkpoints record, besides the problem's name; plain JSON. Default none. */
  origin?(settings: Settings): { readonly [key: string]: Json };
  /** Reads inputs from their parameters in a JSON document instead of drawing them. Default: not possible. */
  readonly told?: ToldInputs;
}

/** How inputs are given by their parameters, such as wells by strength and center. */
export interface ToldInputs {
  /**
   * Reads the fields of a checked JSON document, one per sample, on the grid of a network.
   *
   * @param shape - Points of that grid along each axis.
   * @param origin - What the network remembers of its inputs; undefined for networks that remember nothing.
   * @param warn - Is told what the network does not say and had to be assumed: `does not say …`.
   * @throws DataError naming the file and the sample that cannot be used
   */
  fields(
    path: string,
    document: unknown,
    origin: TrainedOn | undefined,
    shape: readonly number[],
    warn: (message: string) => void,
  ): Float64Array[];
}

/** The origin of a network's training data: the problem's name, and the facts about its inputs that checkpoints record. */
export interface TrainedOn {
  /** Name of the problem. */
  readonly equation: string;
  readonly [key: string]: Json;
}

/** A revision of a problem's computed numbers. */
export interface SolverRevision {
  readonly revision: number;
  /** The change, in one line. */
  readonly change: string;
  /** A bound on ‖u − u'‖₂ / ‖u‖₂ between converged solutions of this revision and the previous one; null if none is stated. */
  readonly difference: number | null;
}

/**
 * The definition of a problem: its random inputs, its solver, its columns, and their presentation in figures and cards. The
 * pipeline does the rest of a dataset: seed, sizes, shards, workers, resumption.
 */
export interface ProblemDefinition<Entries, Settings extends object, Input, State extends SolverState> {
  /** Name in recipes: the entry `equation` of `dataset.json`. Lower-case letters, digits and -. */
  readonly name: string;
  /** Part of the identity of a dataset: raise it when the arithmetic changes, even in the last bit. */
  readonly revision: number;
  /** The changes at each revision, oldest first, current one last. Default none. */
  readonly revisions?: readonly SolverRevision[];
  /** Name of the solving program, for the manifest; default `name`. */
  readonly generator?: string;
  /** Schema of the problem's entries in `dataset.json`, besides those of all recipes (name, seed, profiles, precision …). */
  readonly entries: z.ZodType<Entries>;
  /**
   * Completes the entries to settings: everything that determines a sample besides seed and index. Stored in the manifest, so plain
   * JSON. Default: the entries, and the problem's name as `equation`.
   *
   * @throws ArgumentError for inconsistent entries
   */
  settings?(entries: Entries): Settings;
  /** The random inputs. */
  readonly inputs: Inputs<Settings, Input>;
  /**
   * Plans the solver once for many inputs.
   *
   * @throws ArgumentError for invalid settings
   */
  solve(settings: Settings): (input: Input) => State;
  /** Columns of the solution, beginning with the one to learn. */
  columns(settings: Settings, onGrid: OnGrid): ProblemColumn<State>[];
  /** The grid of the fields, axis by axis. */
  domain(settings: Settings): Domain;
  /** Symbols of columns in figures, such as `{ potential: 'V', solution: 'u' }`. */
  readonly symbols: Readonly<Record<string, string>>;
  /** Units of columns in figures; default none, as for dimensionless equations. */
  readonly units?: Readonly<Record<string, string>>;
  /** Description of the problem for the card of a dataset, in Markdown. */
  readonly card: string;
  /** A starter recipe and experiment for `dyadic init`; default none. */
  readonly starter?: Starter;
}

/** Entries of a starter `dataset.json` and `experiment.json`, with explanations in `$comment` entries. */
export interface Starter {
  readonly recipe: { readonly [entry: string]: Json };
  readonly experiment: { readonly [entry: string]: Json };
}

/** A problem from {@link defineProblem}, without its type parameters. */
export interface Problem extends Required<Omit<ProblemDefinition<unknown, object, unknown, SolverState>, 'units'>> {
  readonly units: Readonly<Record<string, string>>;
  /** The module that defines it; null for problems of this package and those defined in the running program. */
  readonly module: ProblemModule | null;
}

/** A file that defines a problem. */
export interface ProblemModule {
  readonly url: string;
  /** SHA-256 of the file: part of the identity of a dataset. */
  readonly sha256: string;
}

const defined = new WeakSet<object>();

/**
 * Defines a problem. For worker threads and the command, a module of its own must have it as the default export.
 *
 * @throws ArgumentError for an invalid name, or `revisions` that do not end with the current one
 */
export function defineProblem<Entries, Settings extends object, Input, State extends SolverState>(
  definition: ProblemDefinition<Entries, Settings, Input, State>,
): Problem {
  const { name, revision, revisions = [] } = definition;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new ArgumentError('name', name, 'lower-case letters, digits and -, such as darcy-flow');
  }
  const last = revisions.at(-1);
  if (last && last.revision !== revision) {
    throw new ArgumentError('revisions', last.revision, `${revision} as the last, the problem's revision`);
  }
  const problem = {
    generator: name,
    revisions: [],
    units: {},
    starter: null,
    settings: (entries: Entries) => ({ equation: name, ...entries }) as unknown as Settings,
    module: null,
    ...definition,
  };
  defined.add(problem);
  return problem as unknown as Problem;
}

/**
 * Loads a problem from a module. This runs the module's code: load only modules that the user names, never one that a data file
 * names.
 *
 * @param path - Path of the module.
 * @throws DataError when the file is missing, does not load, or its default export is not a problem
 */
export async function loadProblem(path: string): Promise<Problem> {
  const bytes = await readFile(path).catch((cause) => {
    throw new DataError(path, `cannot be read (${cause.code ?? cause.message})`, { cause });
  });
  const { href } = pathToFileURL(path);
  const exported = await importProblem(href).catch((cause) => {
    throw new DataError(path, `does not load (${cause.message})`, { cause });
  });
  if (!exported) throw new DataError(path, 'has no problem as its default export; expected defineProblem({ … })');
  return { ...exported, module: { url: href, sha256: createHash('sha256').update(bytes).digest('hex') } };
}

/** The default export of a module, if it is a problem; else null. */
export async function importProblem(url: string): Promise<Problem | null> {
  const { default: exported } = (await import(url)) as { default?: unknown };
  return typeof exported === 'object' && exported !== null && defined.has(exported) ? (exported as Problem) : null;
}

/** The presentation of a problem's datasets in figures and cards. */
export function presentationOf({ card, domain, symbols, units }: Problem, settings: object): Presentation {
  return { about: card, domain: domain(settings), symbols: { ...symbols }, units: { ...units } };
}
