import { useEffect, useState, useSyncExternalStore } from 'react';
import { toastStore } from './toast-store.ts';
import styles from './toaster.module.css';

/** Long enough to read the toast and reach its button. The history page can undo later. */
const SHOW_MS = 8000;

/** Confirms a choice and offers to undo it. Its timer stops while it has the pointer or the focus. */
export function Toaster() {
  const toast = useSyncExternalStore(toastStore.subscribe, toastStore.current);
  const [isHeld, setHeld] = useState(false);
  const id = toast?.id;
  useEffect(() => {
    if (id === undefined || isHeld) return;
    const timer = setTimeout(() => toastStore.dismiss(id), SHOW_MS);
    return () => clearTimeout(timer);
  }, [id, isHeld]);
  return (
    <div
      className={styles.region}
      role="status"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {toast && (
        <div key={toast.id} className={styles.toast} data-tone={toast.tone}>
          <span>{toast.text}</span>
          {toast.action && (
            <button
              type="button"
              onClick={() => {
                toastStore.dismiss(toast.id);
                setHeld(false);
                toast.action?.run();
              }}
            >
              {toast.action.label}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
