import { exportOnnx, exportTensorboard } from '@dyadic/pipeline';
import type { Output } from '../output/output.js';
import { UsageError } from '../usage.js';

export const RUN_FORMATS = ['onnx', 'tensorboard'] as const;

interface Flags {
  readonly format: (typeof RUN_FORMATS)[number];
  readonly out?: string;
  readonly columns?: readonly string[];
}

/** `dyadic export <run> --format onnx`, the network, and `--format tensorboard`, the training log. */
export async function exportRun(run: string, { format, out, columns }: Flags, output: Output): Promise<void> {
  if (columns !== undefined) throw new UsageError(`--columns is for datasets; the format ${format} is for runs`);
  if (format === 'tensorboard') {
    const file = await exportTensorboard(run, out);
    return output.result(file, { format, file });
  }
  const model = await exportOnnx(run, out);
  const { file, bytes, inputs, outputs } = model;
  const map = [inputs, outputs].map((names) => names.join(', ')).join(' ↦ ');
  output.result(`${file}: ${(bytes / 1e6).toPrecision(2)} MB, ${map}, [batch, …] each`, { format, ...model });
}
