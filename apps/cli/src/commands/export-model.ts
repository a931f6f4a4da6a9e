import { exportOnnx } from '@dyadic/pipeline';
import type { Output } from '../output/output.js';
import { UsageError } from '../usage.js';

/** `dyadic export <run> --format onnx`. */
export async function exportModel(
  run: string,
  { out, columns }: { readonly out?: string; readonly columns?: string },
  output: Output,
): Promise<void> {
  if (columns !== undefined)
    throw new UsageError('--columns is for datasets: a network has the columns it was trained on');
  const model = await exportOnnx(run, out);
  const { file, bytes, input, output: result } = model;
  output.result(`${file}: ${(bytes / 1e6).toPrecision(2)} MB, '${input}' [batch, …] to '${result}' [batch, …]`, model);
}
