/** The networks that come with the page. */

export interface ShippedModel {
  readonly name: string;
  readonly file: string;
  /** Seed of the data that it was trained on. */
  readonly seed: number;
  readonly training: number;
  readonly parameters: number;
  readonly epochs: number;
  /** Mean ε of the test split, of what the page shows. */
  readonly testError: number;
  /** What the spread over positions tells of the error; absent where the network has none. */
  readonly uncertainty?: {
    readonly positions: number;
    /** q of ε ≤ q · spread, which holds for this share of fresh samples. */
    readonly factor: number;
    readonly coverage: number;
  };
  /** The worst samples of the test split, the worst first. */
  readonly worst: readonly { readonly sample: number; readonly error: number }[];
}

const FOLDER = new URL('models/', document.baseURI);

export async function shippedModels(): Promise<readonly ShippedModel[]> {
  return (await fetched(new URL('models.json', FOLDER))).json() as Promise<ShippedModel[]>;
}

export async function modelBytes({ file }: ShippedModel): Promise<Uint8Array> {
  return new Uint8Array(await (await fetched(new URL(file, FOLDER))).arrayBuffer());
}

async function fetched(url: URL): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname}: the server answered ${response.status}`);
  return response;
}
