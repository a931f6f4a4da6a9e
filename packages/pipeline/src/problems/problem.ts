import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Domain, Field, Json, Presentation } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import type { z } from 'zod';

/** Floating-point type of the fields on the grid. */
export type Precision = 'float32' | 'float64';

/** What every solver says of its result. A sample is kept if its status is `converged`. */
export interface SolverState {
  readonly status: string;
  readonly residual: number;
  readonly iterations: number;
}

/** A column of a dataset, and how its value follows from a sample's input or solution. */
export interface ProblemColumn<From> {
  readonly field: Field;
  value(from: From): number | string | ArrayLike<number>;
}

/** Type and shape of a field on the grid. */
export type OnGrid = Pick<Field, 'type' | 'shape'>;

/** The random inputs of a problem. */
export interface Inputs<Settings, Input> {
  /** Plans the draws. What comes back is a pure function of (seed, index): any sample, in any order, on any machine. */
  draw(settings: Settings): (seed: number, index: number) => Input;
  /** Columns of the input itself, which come first in a dataset. */
  columns(settings: Settings, onGrid: OnGrid): ProblemColumn<Input>[];
  /** Columns of the parameters that were drawn, which come last. Default none. */
  parameters?(settings: Settings): ProblemColumn<Input>[];
  /**
   * What a trained network remembers of its inputs, beside the problem's name; JSON. Default nothing.
   */
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

/** What a network was trained on: the problem's name, and what its inputs left to remember. */
export interface TrainedOn {
  readonly equation: string;
  readonly [key: string]: Json;
}

/** A revision of a problem's numbers, set beside the one before. */
export interface SolverRevision {
  readonly revision: number;
  /** What changed, in one line. */
  readonly change: string;
  /** Most by which a converged solution differs from the revision before, ‖u − u'‖₂ / ‖u‖₂; null where nothing is stated. */
  readonly difference: number | null;
}

/**
 * An equation as the pipeline knows it: what inputs are drawn, how one is solved, which columns come out, and how figures
 * and cards show them. Everything else of a dataset (seed, sizes, shards, workers, resuming) is the pipeline's.
 */
export interface ProblemDefinition<Entries, Settings extends object, Input, State extends SolverState> {
  /** The name by which recipes call it: the entry `equation` of `dataset.json`. */
  readonly name: string;
  /** Raised when the arithmetic changes, be it in the last bit: part of the identity of a dataset. */
  readonly revision: number;
  /** What changed at each revision, oldest first, the present one last. Default: nothing is known of earlier ones. */
  readonly revisions?: readonly SolverRevision[];
  /** The program that solves it, as the manifest has it; default the name. */
  readonly generator?: string;
  /** What `dataset.json` may say of the problem, besides what all recipes say (name, seed, profiles, precision …). */
  readonly entries: z.ZodType<Entries>;
  /**
   * Completes the entries: everything that a sample follows from but its seed and number. Stored in the manifest, so
   * plain JSON. Default: the entries as they are, with the problem's name.
   *
   * @throws ArgumentError for entries that make no sense together
   */
  settings?(entries: Entries): Settings;
  readonly inputs: Inputs<Settings, Input>;
  /**
   * Plans the solver once for many inputs.
   *
   * @throws ArgumentError for settings that make no sense
   */
  solve(settings: Settings): (input: Input) => State;
  /** Columns of the solution, the one that is to be learned first. */
  columns(settings: Settings, onGrid: OnGrid): ProblemColumn<State>[];
  /** Where the fields live: the grid along each axis. */
  domain(settings: Settings): Domain;
  /** Symbols of columns in figures, such as `{ potential: 'V', solution: 'u' }`. */
  readonly symbols: Readonly<Record<string, string>>;
  /** Units of columns in figures; default none, as for dimensionless equations. */
  readonly units?: Readonly<Record<string, string>>;
  /** Description of the problem for the card of a dataset, in Markdown. */
  readonly card: string;
  /** A first recipe and experiment for users to start from; default: `dyadic init` has none for the problem. */
  readonly starter?: Starter;
}

/** Entries of a first `dataset.json` and `experiment.json`; `$comment` entries explain them. */
export interface Starter {
  readonly recipe: { readonly [entry: string]: Json };
  readonly experiment: { readonly [entry: string]: Json };
}

/** A defined problem, with the types of its own hidden. */
export interface Problem extends Required<Omit<ProblemDefinition<unknown, object, unknown, SolverState>, 'units'>> {
  readonly units: Readonly<Record<string, string>>;
  /** The module it comes from; null for those of this package and for problems of a running program. */
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
 * Defines a problem: a user's own stands in a module of its own, as its default export.
 *
 * @throws ArgumentError for a name that is none, or for revisions that do not end with the present one
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
 * Loads a problem from the module that the user names. Its code runs: only what the user names is ever loaded, never
 * what a data file names.
 *
 * @throws DataError when the file is missing, does not load, or its default export is no problem
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

/** The default export of a module, if it is a problem. */
export async function importProblem(url: string): Promise<Problem | null> {
  const { default: exported } = (await import(url)) as { default?: unknown };
  return typeof exported === 'object' && exported !== null && defined.has(exported) ? (exported as Problem) : null;
}

/** How figures and cards show the columns of a problem's datasets. */
export function presentationOf({ card, domain, symbols, units }: Problem, settings: object): Presentation {
  return { about: card, domain: domain(settings), symbols: { ...symbols }, units: { ...units } };
}
