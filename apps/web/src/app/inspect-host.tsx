import { lazy, Suspense, useEffect, useEffectEvent } from 'react';
import { useSearchParams } from 'wouter';
import { belongsToWidget } from '../keyboard/shortcuts.ts';
import { singleKeys } from '../keyboard/single-keys.ts';
import { AGAINST, INSPECT, parseInspect } from '../navigation/inspect.ts';
import { useLabOpen } from '../user/use-lab-open.ts';

const InspectSheet = lazy(() =>
  import('../lab/inspect/inspect-sheet.tsx').then(({ InspectSheet }) => ({ default: InspectSheet })),
);

/**
 * Opens the inspection of a title over any page: by a click on `data-inspect-open`, by the key I within `data-inspect`,
 * and by the address. The code for it loads with its first use.
 */
export function InspectHost() {
  const [search, setSearch] = useSearchParams();
  const isOpen = useLabOpen();
  const inspected = parseInspect(search.get(INSPECT));
  const open = useEffectEvent((value: string | undefined) => {
    if (!isOpen || parseInspect(value ?? null) === undefined) return false;
    setSearch((known) => {
      known.set(INSPECT, value ?? '');
      known.delete(AGAINST);
      return known;
    });
    return true;
  });
  useEffect(() => {
    const onClick = (event: MouseEvent) => {
      open(valueAt(event.target, 'inspectOpen', '[data-inspect-open]'));
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'i' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!singleKeys.get() || belongsToWidget(event.target)) return;
      if (open(valueAt(event.target, 'inspect', '[data-inspect]'))) event.preventDefault();
    };
    document.addEventListener('click', onClick);
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('click', onClick);
      document.removeEventListener('keydown', onKeyDown);
    };
  }, []);
  if (!isOpen || inspected === undefined) return null;
  const close = () =>
    setSearch((known) => {
      known.delete(INSPECT);
      known.delete(AGAINST);
      return known;
    });
  return (
    <Suspense>
      <InspectSheet inspected={inspected} against={search.get(AGAINST) ?? undefined} onClose={close} />
    </Suspense>
  );
}

function valueAt(target: EventTarget | null, name: 'inspect' | 'inspectOpen', selector: string): string | undefined {
  const holder = target instanceof Element ? target.closest<HTMLElement>(selector) : null;
  return holder?.dataset[name];
}
