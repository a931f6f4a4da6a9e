/** The page: three views, a theme, and files that are dropped on it. */
import { forgetColors } from './charts/canvas.js';
import { byId, showMessage } from './elements.js';
import { shippedModels } from './models.js';
import { ExploreView } from './views/explore.js';
import { FilesView } from './views/files.js';
import { TrainView } from './views/train.js';

const VIEWS = ['explore', 'train', 'files'] as const;
type ViewName = (typeof VIEWS)[number];

const models = await shippedModels().catch((error: Error) => {
  showMessage('message', `The networks could not be loaded: ${error.message}`);
  return [];
});
const explore = new ExploreView(models);
const train = new TrainView(async (bytes) => {
  await explore.useModel(bytes, 'nlse-1d');
  open('explore');
});
const files = new FilesView({
  useModel: (bytes) => explore.useModel(bytes),
  usePotential: (values) => explore.usePotential(values),
  show: open,
});

for (const name of VIEWS) {
  const tab = byId(`tab-${name}`);
  tab.addEventListener('click', () => open(name));
  tab.addEventListener('keydown', ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step) open(VIEWS[(VIEWS.indexOf(name) + step + VIEWS.length) % VIEWS.length]!, true);
  });
}
connectTheme();
files.acceptDrops(document.documentElement, byId('drop'));
open('explore');

function open(view: ViewName, focus = false): void {
  for (const name of VIEWS) {
    const isOpen = name === view;
    byId(name).hidden = !isOpen;
    const tab = byId(`tab-${name}`);
    tab.ariaSelected = String(isOpen);
    tab.tabIndex = isOpen ? 0 : -1;
    if (isOpen && focus) tab.focus();
  }
}

/** Light or dark as the system says, unless the user has said otherwise. */
function connectTheme(): void {
  const button = byId('theme');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = (theme: string) => {
    document.documentElement.dataset.theme = theme;
    button.textContent = theme === 'dark' ? '☀' : '☾';
    forgetColors();
    explore.redraw();
    train.redraw();
    files.redraw();
  };
  const chosen = () => localStorage.getItem('theme') ?? (dark.matches ? 'dark' : 'light');
  button.addEventListener('click', () => {
    localStorage.setItem('theme', document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
    apply(chosen());
  });
  dark.addEventListener('change', () => apply(chosen()));
  apply(chosen());
}
