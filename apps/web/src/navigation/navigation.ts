/**
 * Remembers the scroll position of each page, so that Back returns to it. The browser's own restoration is off, since
 * it scrolls before the page has its full height.
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

/** Whether the current page was reached by Back or Forward. */
export const cameBack = (): boolean => lastKind === 'pop';

/** Returns the scroll position of the new page; call it after every navigation. */
export function enterPage(path: string): number {
  currentPath = path;
  return cameBack() ? (positions.get(path) ?? 0) : 0;
}
