import { useCallback, useState } from 'react';

/** The card of a list that the Tab key reaches: the one that last had the focus, else the first. */
export function useTabStop(first: number | undefined): readonly [number | undefined, (itemIdx: number) => void] {
  const [last, setLast] = useState<number>();
  const onFocus = useCallback((itemIdx: number) => setLast(itemIdx), []);
  return [last ?? first, onFocus];
}
