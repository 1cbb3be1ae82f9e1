export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'error';
  readonly action?: { readonly label: string; readonly run: () => void };
}

let current: Toast | undefined;
let nextId = 1;
const listeners = new Set<() => void>();

function set(toast: Toast | undefined): void {
  current = toast;
  for (const listener of listeners) listener();
}

/** Holds one toast at a time, for the latest choice; the history page lists all of them. */
export const toastStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  current: (): Toast | undefined => current,
  show(toast: Omit<Toast, 'id' | 'tone'> & { tone?: Toast['tone'] }): void {
    set({ tone: 'plain', ...toast, id: nextId++ });
  },
  dismiss(id?: number): void {
    if (id === undefined || current?.id === id) set(undefined);
  },
};
