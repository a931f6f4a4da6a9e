/** The engine that the user wants to train with, as `?engine=` of the address says. */
export const ENGINE_CHOICES = ['auto', 'wasm', 'webgpu'] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

/** `auto` for whatever is no choice. */
export function engineChoice(text: string | null): EngineChoice {
  return ENGINE_CHOICES.find((choice) => choice === text) ?? 'auto';
}

export const chosenEngine = () => engineChoice(new URLSearchParams(location.search).get('engine'));

/** Keeps the choice in the address; `auto` needs no entry. */
export function keepEngine(choice: EngineChoice): void {
  const address = new URL(location.href);
  if (choice === 'auto') address.searchParams.delete('engine');
  else address.searchParams.set('engine', choice);
  history.replaceState(null, '', address);
}
