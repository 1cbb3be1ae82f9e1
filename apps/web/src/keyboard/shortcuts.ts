/** The commands of key presses that work anywhere on the page. */
export type Command =
  | 'search'
  | 'undo'
  | 'help'
  | 'go-home'
  | 'go-search'
  | 'go-history'
  | 'go-profiles'
  | 'go-lab'
  | 'chord';

/** The fields of a KeyboardEvent that decide. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly target: EventTarget | null;
}

export interface KeyboardState {
  /** True after `g`, until the next key. */
  readonly chord: boolean;
  /** False when the viewer turned single keys off (WCAG 2.1.4). */
  readonly singleKeys: boolean;
}

const AFTER_G: Record<string, Command> = {
  h: 'go-home',
  s: 'go-search',
  e: 'go-history',
  p: 'go-profiles',
  l: 'go-lab',
};
const ALONE: Record<string, Command> = { '/': 'search', '?': 'help', u: 'undo', g: 'chord' };

/** Whether keys write text, choose options or belong to an open dialog. */
export function belongsToWidget(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, dialog, [contenteditable]:not([contenteditable="false"])') !== null
  );
}

/** The command of a key press, or undefined when the key is no shortcut. */
export function commandOf(press: KeyPress, state: KeyboardState): Command | undefined {
  if (belongsToWidget(press.target)) return undefined;
  const key = press.key.toLowerCase();
  if ((press.ctrlKey || press.metaKey) && !press.altKey) return key === 'z' ? 'undo' : undefined;
  if (press.ctrlKey || press.metaKey || press.altKey || !state.singleKeys) return undefined;
  return state.chord ? AFTER_G[key] : ALONE[key];
}

/** The feedback that a letter gives while a title has the focus. */
export function feedbackOf(press: KeyPress): 'like' | 'dislike' | 'watched' | 'skip' | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey || belongsToWidget(press.target)) return undefined;
  switch (press.key.toLowerCase()) {
    case 'l':
      return 'like';
    case 'd':
      return 'dislike';
    case 'w':
      return 'watched';
    case 's':
      return 'skip';
    default:
      return undefined;
  }
}
