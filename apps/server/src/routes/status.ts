import { StatusResponse } from '@matinee/contract';
import { estimateHeldOut, type HeldOutQuality, type Release } from '@matinee/models/release';
import { defined } from '@matinee/numerics';
import { MONITOR_QUERIES } from '@matinee/recommender';
import type { App } from '../http/app.ts';
import type { GuardState } from '../serving/guard-release.ts';
import type { Services } from './services.ts';

/** `GET /api/v1/status`: what is served and what is being trained. */
export function addStatusRoute(app: App, services: Services): void {
  const { serving, dataset, online, settings, clock } = services;
  const { training, log, counters, guard } = online;
  app.get(
    '/api/v1/status',
    {
      schema: {
        operationId: 'getStatus',
        summary: 'What is being served, and what is being trained',
        tags: ['operation'],
        response: { 200: StatusResponse },
      },
    },
    async () => {
      const { engine, live, measureDrift, viewers } = serving.current();
      const { isMember, memberCount } = viewers.access;
      const monitor = guard.state();
      const progress = training.current();
      const failure = training.failure();
      return {
        version: engine.release.version,
        generation: engine.release.generation,
        demo: settings.demo,
        ...defined({ heldOut: heldOutOf(engine.release) }),
        dataset: {
          name: dataset.name,
          userCount: memberCount(),
          itemCount: engine.itemCount,
          eventCount: dataset.eventCount,
          isMovieLens: engine.dataset.isMovieLens === true,
        },
        ...defined({ training: progress }),
        ...(failure && {
          trainingFailure: {
            generation: failure.generation,
            message: failure.message,
            at: new Date(failure.atMs).toISOString(),
          },
        }),
        takeovers: [...training.takeovers()],
        online: {
          throughSequence: log.throughSequence(),
          engagementsSinceTraining: live.engagementCount(),
          drift: measureDrift(counters.engagementsOfWeek(clock(), isMember), engine.catalogue),
          ...(monitor && { monitor: toMonitor(monitor) }),
        },
        releases: serving.served().map(({ version, generation, sinceMs }) => ({
          version,
          generation,
          since: new Date(sinceMs).toISOString(),
        })),
      };
    },
  );
}

/** Resampling takes milliseconds, so it is done once a release. */
const heldOutOfRelease = new WeakMap<object, HeldOutQuality>();

function heldOutOf({ training }: Release): HeldOutQuality | undefined {
  const users = training?.heldOutUsers;
  if (users === undefined) return undefined;
  const heldOut = heldOutOfRelease.get(users) ?? estimateHeldOut(users);
  if (heldOut !== undefined) heldOutOfRelease.set(users, heldOut);
  return heldOut;
}

function toMonitor({ earlier, later, state, comparison }: GuardState) {
  const { queries, leftOut, earlier: before, later: after } = comparison;
  return { earlier, later, state, queries, leftOut, of: MONITOR_QUERIES, quality: { earlier: before, later: after } };
}
