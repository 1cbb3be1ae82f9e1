import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Route, Router, Switch } from 'wouter';
import { basePath } from '../api/base-path.ts';
import { queryClient } from '../api/query-client.ts';
import { startOutbox } from '../feedback/feedback.ts';
import { flushImpressions } from '../feedback/impressions.ts';
import { HistoryPage } from '../history/history-page.tsx';
import { HomePage } from '../home/home-page.tsx';
import { startNavigationMemory } from '../navigation/navigation.ts';
import { routes } from '../navigation/routes.ts';
import { ProfilesPage } from '../profiles/profiles-page.tsx';
import { SearchPage } from '../search/search-page.tsx';
import { TitlePage } from '../title/title-page.tsx';
import { CurrentUserProvider } from '../user/current-user.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { Shell } from './shell.tsx';

const LabPage = lazy(() => import('../lab/screens/lab-page.tsx').then(({ LabPage }) => ({ default: LabPage })));

startNavigationMemory();
startOutbox(flushImpressions);

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
                <Route path={routes.lab}>
                  {({ screen }) => (
                    <Suspense>
                      <LabPage screen={screen} />
                    </Suspense>
                  )}
                </Route>
                <Route component={NotFoundPage} />
              </Switch>
            </Shell>
          </CurrentUserProvider>
        </Router>
      </QueryClientProvider>
    </ErrorBoundary>
  );
}
