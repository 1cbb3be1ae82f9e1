import { useEffect, useEffectEvent, useRef } from 'react';
import { type Command, commandOf } from './shortcuts.ts';
import { singleKeys } from './single-keys.ts';

const CHORD_MS = 1500;

/** Calls `onCommand` for the shortcuts that work everywhere. */
export function useShortcuts(onCommand: (command: Exclude<Command, 'chord'>) => void): void {
  const chordUntil = useRef(0);
  const handle = useEffectEvent((event: KeyboardEvent) => {
    const command = commandOf(event, { chord: Date.now() < chordUntil.current, singleKeys: singleKeys.get() });
    chordUntil.current = command === 'chord' ? Date.now() + CHORD_MS : 0;
    if (command === undefined || event.defaultPrevented) return;
    event.preventDefault();
    if (command !== 'chord') onCommand(command);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => handle(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);
}
