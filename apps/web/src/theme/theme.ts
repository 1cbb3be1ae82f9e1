import { onStoredElsewhere } from '../api/stored.ts';
import { createValueStore } from '../api/value-store.ts';

export type Theme = 'dark' | 'light';

const KEY = 'matinee.theme';
const systemIsLight = () => matchMedia('(prefers-color-scheme: light)').matches;

function initial(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'dark' || chosen === 'light') return chosen;
  return systemIsLight() ? 'light' : 'dark';
}

/** The current theme: the viewer's choice, which public/theme.js applies before the first paint, else the system's. */
export const theme = createValueStore<Theme>(initial());

function apply(next: Theme): void {
  document.documentElement.dataset['theme'] = next;
  theme.set(next);
}

// The theme that is chosen in one tab is that of all.
onStoredElsewhere((key) => {
  const stored = key === KEY ? localStorage.getItem(KEY) : null;
  if (stored === 'dark' || stored === 'light') apply(stored);
});

export function chooseTheme(next: Theme): void {
  apply(next);
  try {
    // Plain text, not JSON, since public/theme.js reads it.
    localStorage.setItem(KEY, next);
  } catch {
    // Without storage, the choice lasts for this visit only.
  }
}
