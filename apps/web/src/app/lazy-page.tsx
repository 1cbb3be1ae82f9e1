import { type ComponentType, lazy, Suspense } from 'react';
import { messages } from '../messages/current.ts';

/**
 * Returns a page that comes in a file of its own, for pages beside the one that most visits see. It waits by itself: a
 * common boundary would keep the page before it, hidden, with the heading that takes the focus.
 */
export function lazyPage<Props extends object = object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const Page = lazy(async () => ({ default: await load() }));
  return function LazyPage(props: Props) {
    return (
      <Suspense fallback={<p className="page">{messages.loading}</p>}>
        <Page {...props} />
      </Suspense>
    );
  };
}
