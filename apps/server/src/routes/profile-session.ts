import { PinBody, ProfileParams, SessionBody, SessionResponse } from '@matinee/contract';
import Type from 'typebox';
import { requireAdult } from '../households/adults.ts';
import { hashPin, requirePin } from '../households/pin.ts';
import { requireProfile } from '../households/require-profile.ts';
import { hashOfToken } from '../households/sessions.ts';
import type { App } from '../http/app.ts';
import { sessionOf } from '../http/requested-rules.ts';
import { toProfileBody } from './profile-body.ts';
import type { Services } from './services.ts';

/** From an evening to the next morning. */
const SESSION_MS = 12 * 3_600_000;
const BODY_LIMIT = 1024;

/**
 * Choosing a profile, and setting its PIN. Checking a PIN uses memory and a thread for a while, so both routes enter
 * the load gate.
 */
export function addProfileSessionRoutes(app: App, services: Services): void {
  addSessionRoute(app, services);
  addPinRoute(app, services);
}

function addSessionRoute(app: App, { serving, stores, traffic, settings, clock, createId }: Services): void {
  const { households } = stores;
  app.post(
    '/api/v1/profiles/:profileId/session',
    {
      ...traffic.gate.hooks,
      bodyLimit: BODY_LIMIT,
      schema: {
        operationId: 'chooseProfile',
        summary: 'Choose a profile, with its PIN where it has one',
        tags: ['page'],
        params: ProfileParams,
        body: SessionBody,
        response: { 201: SessionResponse },
      },
    },
    async (request, reply) => {
      const profile = await requireProfile(households, request.params.profileId);
      const nowMs = clock();
      await requirePin(households, profile.profileId, request.body.pin, nowMs, settings.pinPepper);
      const session = `${createId()}${createId()}`;
      const expiresAtMs = nowMs + SESSION_MS;
      await households.openSession(
        { tokenHash: hashOfToken(session), profileId: profile.profileId, expiresAtMs },
        nowMs,
      );
      const { engine, viewers } = serving.current();
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({
          profile: await toProfileBody(engine, viewers, profile),
          session,
          expiresAt: new Date(expiresAtMs).toISOString(),
        });
    },
  );
}

function addPinRoute(app: App, { stores, traffic, settings, clock }: Services): void {
  const { households } = stores;
  app.put(
    '/api/v1/profiles/:profileId/pin',
    {
      ...traffic.gate.hooks,
      bodyLimit: BODY_LIMIT,
      schema: {
        operationId: 'setPin',
        summary: 'Set a PIN, change it with the old one, or take it away; ends the sessions of the profile',
        tags: ['page'],
        params: ProfileParams,
        body: PinBody,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { profileId, householdId, hasPin } = await requireProfile(households, request.params.profileId);
      const { pin, oldPin } = request.body;
      // The old PIN is enough to change it. Setting the first PIN is a change of rules like any other.
      if (hasPin) await requirePin(households, profileId, oldPin, clock(), settings.pinPepper);
      else await requireAdult(households, householdId, sessionOf(request).session, clock());
      await households.setPin(profileId, pin === null ? null : await hashPin(pin, settings.pinPepper));
      return reply.code(204).send(null);
    },
  );
}
