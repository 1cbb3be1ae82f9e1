import { QueryClientProvider } from '@tanstack/react-query';
import { Route, Router, Switch } from 'wouter';
import { basePath } from '../api/base-path.ts';
import { queryClient } from '../api/query-client.ts';
import { startOutbox } from '../feedback/feedback.ts';
import { flushImpressions } from '../feedback/impressions.ts';
import { startTrainingStream } from '../generation/training-stream.ts';
import { HomePage } from '../home/home-page.tsx';
import { startNavigationMemory } from '../navigation/navigation.ts';
import { routes } from '../navigation/routes.ts';
import { SearchPage } from '../search/search-page.tsx';
import { TitlePage } from '../title/title-page.tsx';
import { CurrentUserProvider } from '../user/current-user.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { lazyPage } from './lazy-page.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { Shell } from './shell.tsx';

const historyPage = () => import('../history/history-page.tsx').then((file) => file.HistoryPage);
const profilesPage = () => import('../profiles/profiles-page.tsx').then((file) => file.ProfilesPage);
const HistoryPage = lazyPage(historyPage);
const ProfilesPage = lazyPage(profilesPage);
const LabPage = lazyPage<{ readonly screen: string | undefined }>(() =>
  import('../lab/screens/lab-page.tsx').then((file) => file.LabPage),
);
/** Loaded ahead, these pages open at once, and without a network. */
const LOAD_AHEAD_MS = 3000;
setTimeout(() => {
  for (const load of [historyPage, profilesPage]) void load().catch(() => undefined);
}, LOAD_AHEAD_MS);

startNavigationMemory();
startOutbox(flushImpressions);
startTrainingStream();

export function App() {
  return (
    <ErrorBoundary>
      <QueryClientProvider client={queryClient}>
        <Router base={basePath}>
          <CurrentUserProvider>
            <Shell>
              <Switch>
                <Route path={routes.home} component={HomePage} />
                <Route path={routes.title}>{({ itemIdx }) => <TitlePage itemIdx={itemIdx} />}</Route>
                <Route path={routes.search} component={SearchPage} />
                <Route path={routes.profiles} component={ProfilesPage} />
                <Route path={routes.history} component={HistoryPage} />
                <Route path={routes.lab}>{({ screen }) => <LabPage screen={screen} />}</Route>
                <Route component={NotFoundPage} />
              </Switch>
            </Shell>
          </CurrentUserProvider>
        </Router>
      </QueryClientProvider>
    </ErrorBoundary>
  );
}
