/** Options of all commands that read files of other programs. */
import { requireInteger, requireOneOf } from '@dyadic/errors';
import type { OpenOptions, SampleAxes, SamplesAxis } from '@dyadic/interchange';
import { Option } from 'commander';

export interface ForeignFlags {
  readonly samplesAxis: string;
  readonly axes: string;
  readonly header: string;
}

const HEADERS = ['auto', 'yes', 'no'] as const;
const AXES = ['auto', 'kept', 'reversed'] as const;

export const foreignOptions = (): Option[] => [
  new Option('--samples-axis <axis>', 'which axis counts samples: first, last, its number from 0, or auto').default(
    'auto',
  ),
  new Option(
    '--axes <order>',
    "axes of a sample: kept as in the file, reversed (HDF5 of MATLAB, Julia, Fortran), or auto (knows MATLAB's)",
  ).default('auto'),
  new Option('--header <answer>', 'whether the first line of a CSV file names columns: yes, no or auto').default(
    'auto',
  ),
];

/** The values of {@link foreignOptions}. @throws ArgumentError */
export function foreignChoice({ samplesAxis, axes, header }: ForeignFlags): OpenOptions & {
  samplesAxis: SamplesAxis;
  axes: SampleAxes;
} {
  return {
    samplesAxis: axisOption(samplesAxis),
    axes: requireOneOf('--axes', axes, AXES),
    header: requireOneOf('--header', header, HEADERS),
  };
}

function axisOption(text: string): SamplesAxis {
  if (/^\d+$/.test(text)) return requireInteger('--samples-axis', Number(text), { max: 31 });
  return requireOneOf('--samples-axis', text, ['auto', 'first', 'last'] as const);
}
