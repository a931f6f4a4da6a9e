import { join } from 'node:path';
import { type SplitName, sha256OfFile, writeFileAtomic } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { lineFigure, page, type Table, table } from '@dyadic/report';
import {
  type Checkpoint,
  conformalFactor,
  type Ensemble,
  overFields,
  rankCorrelation,
  squaredFieldErrors,
} from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { type Observed, observed } from '../events.js';
import { checkpointOfMap, openEnsemble } from '../predict/predict.js';
import type { OpenExperiment } from './data.js';
import { lockRunFolder, requireCheckpoint } from './run-folder.js';

export const UNCERTAINTY_FILE = 'uncertainty.json';
export const UNCERTAINTY_PAGE = 'uncertainty.html';

/** Share of samples that the bound holds for. */
const COVERAGE = 0.9;
/** Groups of test samples of equal number, by their spread. */
const GROUPS = 10;
/** Samples in memory at a time. */
const PIECE = 500;

/** How far the spread of an ensemble tells its error. */
export interface Uncertainty {
  readonly experiment: string;
  readonly profile: string;
  /** SHA-256 of the checkpoints. */
  readonly members: readonly string[];
  readonly dataset: string | null;
  /** Mean relative error ε over the test samples: of the members' mean, and of each member. */
  readonly error: number;
  readonly memberErrors: readonly number[];
  /** Of the spread with ε of the mean, over the test samples (Spearman). */
  readonly rankCorrelation: number;
  /** The factor q of the bound ε ≤ q · spread that the validation samples give, what it shall cover, and the share of test samples it does. */
  readonly factor: number;
  readonly coverage: number;
  readonly covered: number;
  /** Test samples by their spread, from the least: mean spread, mean and largest ε of each group. */
  readonly groups: readonly {
    readonly samples: number;
    readonly spread: number;
    readonly error: number;
    readonly worst: number;
  }[];
}

export interface UncertaintyOptions extends EngineChoice, Observed {}

export interface UncertaintyOutcome {
  readonly uncertainty: Uncertainty;
  /** Path of the HTML page. */
  readonly page: string;
}

/**
 * Measures how far the spread of an ensemble tells its error: the run of an experiment together with others, trained alike but for the
 * seed. The bound is calibrated on the validation split, which chose the epochs, and checked on the test split. Writes
 * `uncertainty.json` and `uncertainty.html` to the run folder.
 *
 * @param others - Run folders or checkpoints, at least one.
 * @throws DataError for checkpoints of another map or trained on other data
 */
export async function evaluateUncertainty(
  open: OpenExperiment,
  others: readonly string[],
  options: UncertaintyOptions = {},
): Promise<UncertaintyOutcome> {
  const { experiment, dataset } = open;
  const { runFolder } = experiment;
  const { path, checkpoint: first } = await requireCheckpoint(experiment, dataset);
  const rest = await Promise.all(others.map((other) => checkpointOfMap(other, first)));
  const checkpoints = [first, ...rest.map(({ checkpoint }) => checkpoint)];
  const trainedOn = ({ origin }: Checkpoint) => (origin as { readonly dataset?: unknown }).dataset;
  others.forEach((other, i) => {
    if (trainedOn(checkpoints[i + 1]!) === trainedOn(first)) return;
    throw new DataError(other, 'was trained on other data, so that the splits may be known to it');
  });
  const members = [await sha256OfFile(path), ...rest.map(({ sha256 }) => sha256)];
  const lock = await lockRunFolder(runFolder);
  try {
    const ensemble = await openEnsemble(checkpoints, await openEngine(options, observed(options).onEvent));
    const uncertainty = await uncertaintyOf(open, ensemble, members).finally(() => ensemble.close());
    await writeFileAtomic(join(runFolder, UNCERTAINTY_FILE), `${JSON.stringify(uncertainty, null, 2)}\n`);
    const file = join(runFolder, UNCERTAINTY_PAGE);
    await writeFileAtomic(file, await uncertaintyPage(uncertainty));
    return { uncertainty, page: file };
  } finally {
    lock.release();
  }
}

async function uncertaintyOf(
  open: OpenExperiment,
  ensemble: Ensemble,
  members: Uncertainty['members'],
): Promise<Uncertainty> {
  const { name, profile } = open.experiment;
  const validation = await errorsAndSpreads(open, ensemble, 'validation');
  const test = await errorsAndSpreads(open, ensemble, 'test');
  const factor = conformalFactor(validation.errors, validation.spreads, COVERAGE);
  const known = [...test.errors.keys()].filter((s) => !Number.isNaN(test.errors[s]!));
  return {
    experiment: name,
    profile,
    members,
    dataset: open.dataset.manifest.checksum,
    error: mean(known.map((s) => test.errors[s]!)),
    memberErrors: test.members.map((own) => mean(known.map((s) => own[s]!))),
    rankCorrelation: rankCorrelation(
      known.map((s) => test.spreads[s]!),
      known.map((s) => test.errors[s]!),
    ),
    factor,
    coverage: COVERAGE,
    covered: known.filter((s) => test.errors[s]! <= factor * test.spreads[s]!).length / known.length,
    groups: groupsOf(known, test),
  };
}

interface Measured {
  /** ε of the members' mean, of each member, and the spread, of every sample. */
  readonly errors: Float64Array;
  readonly members: readonly Float64Array[];
  readonly spreads: Float64Array;
}

async function errorsAndSpreads({ splits }: OpenExperiment, ensemble: Ensemble, name: SplitName): Promise<Measured> {
  const split = splits[name];
  const [errors, spreads] = [new Float64Array(split.count), new Float64Array(split.count)];
  const members = ensemble.members.map(() => new Float64Array(split.count));
  const { checkpoint } = ensemble.members[0]!;
  for (let first = 0; first < split.count; first += PIECE) {
    const { inputs, targets } = await split.read(first, Math.min(PIECE, split.count - first));
    const { mean, spread, outputs } = await ensemble.predict(inputs);
    errors.set(relativeDistances(checkpoint, targets, mean), first);
    spreads.set(overFields(spread, checkpoint.network.outputs), first);
    for (const [k, output] of outputs.entries()) members[k]!.set(relativeDistances(checkpoint, targets, output), first);
  }
  return { errors, members, spreads };
}

/** ε of every sample in the units of the data; NaN where the target is zero everywhere. */
function relativeDistances(checkpoint: Checkpoint, targets: Float32Array, predicted: Float32Array): Float64Array {
  return overFields(squaredFieldErrors(checkpoint, targets, predicted).map(Math.sqrt), checkpoint.network.outputs);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function groupsOf(known: readonly number[], { errors, spreads }: Measured): Uncertainty['groups'] {
  const order = known.toSorted((a, b) => spreads[a]! - spreads[b]!);
  const groups = Math.min(GROUPS, order.length);
  return Array.from({ length: groups }, (_, g) => {
    const own = order.slice(Math.floor((g * order.length) / groups), Math.floor(((g + 1) * order.length) / groups));
    const ofErrors = own.map((s) => errors[s]!);
    return {
      samples: own.length,
      spread: mean(own.map((s) => spreads[s]!)),
      error: mean(ofErrors),
      worst: Math.max(...ofErrors),
    };
  });
}

/** The numbers as a table. */
export function uncertaintyTable(found: Uncertainty): Table {
  const { error, memberErrors, members, factor, coverage, covered } = found;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return table({
    caption: `An ensemble of ${members.length}: its error, and what its spread tells of it`,
    columns: [{ title: 'quantity' }, { title: 'value', align: 'right' }],
    rows: [
      ['mean ε of the ensemble', error.toExponential(2)],
      ['mean ε of a member', mean(memberErrors).toExponential(2)],
      ['rank correlation of spread and ε', found.rankCorrelation.toFixed(2)],
      [`ε is at most so many times the spread, for ${percent(coverage)} of samples`, factor.toPrecision(3)],
      ['share of test samples for which that holds', percent(covered)],
    ],
    notes: [
      'The factor is from the validation samples. Spread: standard deviation of a member, relative to the mean’s norm.',
    ],
  });
}

async function uncertaintyPage(found: Uncertainty): Promise<string> {
  const { experiment, profile, groups, factor, coverage, members } = found;
  const x = groups.map(({ spread }) => spread);
  const series = [
    { name: 'mean ε', x, y: groups.map(({ error }) => error) },
    { name: 'largest ε', x, y: groups.map(({ worst }) => worst) },
    { name: `bound for ${(100 * coverage).toFixed(0)} %`, x, y: x.map((spread) => factor * spread) },
  ];
  const drawable = series.flatMap((one) => [...one.x, ...one.y]).every((value) => value > 0 && Number.isFinite(value));
  const figures = drawable
    ? [
        {
          svg: await lineFigure({
            series,
            x: { title: 'relative spread', scale: 'log' },
            y: { title: 'relative error ε', scale: 'log' },
          }),
          caption: `Error against spread: the test samples in ${groups.length} groups by their spread.`,
        },
      ]
    : [];
  return page({
    title: `${experiment}: ${profile}`,
    subtitle: `Uncertainty from ${members.length} networks that differ in their seeds`,
    sections: [{ heading: 'Calibration', tables: [uncertaintyTable(found)], figures }],
    footer: `Checkpoints ${members.map((member) => member.slice(0, 16)).join(', ')} (SHA-256).`,
  });
}
