import { type ComponentType, lazy, Suspense } from 'react';
import { Link } from 'wouter';
import { lab } from '../../messages/lab-en.ts';
import { labPath } from '../../navigation/routes.ts';
import { useDocumentTitle } from '../../navigation/use-document-title.ts';
import { Notice } from '../../notice/notice.tsx';
import { useLabOpen } from '../../user/use-lab-open.ts';
import styles from '../lab-page.module.css';

type Screen = 'tour' | 'compare' | 'evaluation' | 'pipeline' | 'live' | 'system';

/** One chunk a screen. */
const SCREENS: Readonly<Record<Screen, ComponentType>> = {
  tour: lazy(() => import('../tour/tour-screen.tsx').then(({ TourScreen }) => ({ default: TourScreen }))),
  compare: lazy(() =>
    import('../compare/compare-screen.tsx').then(({ CompareScreen }) => ({ default: CompareScreen })),
  ),
  evaluation: lazy(() =>
    import('../evaluation/evaluation-screen.tsx').then(({ EvaluationScreen }) => ({ default: EvaluationScreen })),
  ),
  pipeline: lazy(() =>
    import('../pipeline/pipeline-screen.tsx').then(({ PipelineScreen }) => ({ default: PipelineScreen })),
  ),
  live: lazy(() => import('../live/live-screen.tsx').then(({ LiveScreen }) => ({ default: LiveScreen }))),
  system: lazy(() => import('../system/system-screen.tsx').then(({ SystemScreen }) => ({ default: SystemScreen }))),
};
const NAMES = Object.keys(SCREENS) as Screen[];

const isScreen = (name: string): name is Screen => Object.hasOwn(SCREENS, name);

/** The Lab: how the recommender comes to its answers. One screen an address. */
export function LabPage({ screen: wanted }: { readonly screen: string | undefined }) {
  const name: Screen = wanted !== undefined && isScreen(wanted) ? wanted : NAMES[0]!;
  const isOpen = useLabOpen();
  useDocumentTitle(`${lab.name}: ${lab.screens[name]}`);
  if (!isOpen) return <Notice text={lab.closed} isHeading />;
  const Screen = SCREENS[name];
  return (
    <div className="page">
      <h1 tabIndex={-1}>{lab.name}</h1>
      <p className={styles.intro}>{lab.intro}</p>
      <nav className={styles.tabs} aria-label={lab.navigation}>
        {NAMES.map((each) => (
          <Link key={each} href={labPath(each)} aria-current={each === name ? 'page' : undefined}>
            {lab.screens[each]}
          </Link>
        ))}
      </nav>
      <Suspense fallback={<p role="status">{lab.loading}</p>}>
        <Screen />
      </Suspense>
    </div>
  );
}
