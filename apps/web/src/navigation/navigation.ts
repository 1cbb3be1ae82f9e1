/**
 * Where the viewer was on each page, so that Back returns there. Scrolling is ours, not the browser's: the browser
 * would restore before the page has its height.
 */
const positions = new Map<string, number>();
let currentPath = '';
let lastKind: 'push' | 'pop' = 'push';

export function startNavigationMemory(): void {
  history.scrollRestoration = 'manual';
  window.addEventListener('popstate', () => {
    lastKind = 'pop';
  });
  // wouter announces its own navigation with these events.
  for (const name of ['pushState', 'replaceState'])
    window.addEventListener(name, () => {
      lastKind = 'push';
    });
  window.addEventListener('scroll', () => positions.set(currentPath, window.scrollY), { passive: true });
}

/** True when the page in view was reached by Back or Forward. */
export const cameBack = (): boolean => lastKind === 'pop';

/** Call when another page is in view: returns where to scroll. */
export function enterPage(path: string): number {
  currentPath = path;
  return cameBack() ? (positions.get(path) ?? 0) : 0;
}
