import type { App } from '../http/app.ts';
import { addEventsRoute } from './events.ts';
import { addFeedbackRoute } from './feedback.ts';
import { addHomeRoute } from './home.ts';
import { addHouseholdRoutes } from './households.ts';
import { addItemRoute } from './item.ts';
import { addItemsRoute } from './items.ts';
import { addCompareRoute } from './lab-compare.ts';
import { addLabRunsRoute } from './lab-runs.ts';
import { addLabSystemRoute } from './lab-system.ts';
import { addLabTraceRoutes } from './lab-traces.ts';
import { redirectOldAddresses } from './old-addresses.ts';
import { addOnboardingRoute } from './onboarding.ts';
import { addOperationRoutes } from './operation.ts';
import { addPage, type PageOptions } from './page.ts';
import { addPosterRoute } from './poster.ts';
import { addPresentRoutes } from './present.ts';
import { addProfileSessionRoutes } from './profile-session.ts';
import { addRecommendRoute } from './recommend.ts';
import { addRecommendManyRoute } from './recommend-many.ts';
import { addRowRoute } from './rows.ts';
import { addSearchRoute } from './search.ts';
import type { Services } from './services.ts';
import { addSimilarRoute } from './similar.ts';
import { addStatusRoute } from './status.ts';
import { addStreamRoute } from './stream.ts';
import { addUserDataRoutes } from './user-data.ts';
import { addUserEventsRoute } from './user-events.ts';
import { addUserHistoryRoute } from './user-history.ts';
import { addUserRoutes } from './users.ts';

/** Every route of the API, in the order of `openapi.json`. */
const ROUTES: readonly ((app: App, services: Services) => void)[] = [
  addRecommendRoute,
  addRecommendManyRoute,
  addFeedbackRoute,
  addHomeRoute,
  addRowRoute,
  addItemRoute,
  addSimilarRoute,
  addOnboardingRoute,
  addPosterRoute,
  addSearchRoute,
  addUserRoutes,
  addHouseholdRoutes,
  addProfileSessionRoutes,
  addUserEventsRoute,
  addUserHistoryRoute,
  addUserDataRoutes,
  addPresentRoutes,
  addEventsRoute,
  addItemsRoute,
  addStreamRoute,
  addStatusRoute,
  addLabTraceRoutes,
  addCompareRoute,
  addLabRunsRoute,
  addLabSystemRoute,
  addOperationRoutes,
  redirectOldAddresses,
];

export async function addRoutes(app: App, services: Services, page: PageOptions): Promise<void> {
  for (const addRoute of ROUTES) addRoute(app, services);
  await addPage(app, page);
}
