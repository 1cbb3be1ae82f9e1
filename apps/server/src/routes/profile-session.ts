import { PinBody, ProfileParams, SESSION_COOKIE, SessionBody, SessionResponse } from '@matinee/contract';
import Type from 'typebox';
import { hashPin, requirePin } from '../households/pin.ts';
import { requireProfile } from '../households/require-profile.ts';
import { isLimited, sessionLengthOf } from '../households/sessions.ts';
import type { App } from '../http/app.ts';
import { credentialsOf, writeCookie } from '../identity/credentials.ts';
import { createSecret, hashOfSecret } from '../identity/secrets.ts';
import { toProfileBody } from './profile-body.ts';
import type { Services } from './services.ts';

/** Sessions of a profile that are stored: one for each device of a large family. */
const MOST_SESSIONS = 20;
const BODY_LIMIT = 1024;

/**
 * Choosing a profile, leaving it, and setting its PIN. Checking a PIN uses memory and a thread for a while, so these
 * routes enter the load gate.
 */
export function addProfileSessionRoutes(app: App, services: Services): void {
  addSessionRoute(app, services);
  addSessionEndRoute(app, services);
  addPinRoute(app, services);
}

function addSessionRoute(app: App, { serving, stores, traffic, settings, clock }: Services): void {
  const { households } = stores;
  app.post(
    '/api/v1/profiles/:profileId/session',
    {
      ...traffic.gate.pageHooks,
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
      const { engine, viewers } = serving.current();
      const credentials = credentialsOf(request);
      const profile = await requireProfile(households, request.params.profileId);
      await viewers.access.requireUnbound(credentials, profile.householdId);
      const nowMs = clock();
      await requirePin(households, profile.profileId, request.body.pin, nowMs, {
        pepper: settings.pinPepper,
        earlierSession: credentials.session,
      });
      const session = createSecret();
      const expiresAtMs = nowMs + sessionLengthOf(profile);
      const { profileId } = profile;
      await households.openSession({ tokenHash: hashOfSecret(session), profileId, expiresAtMs }, MOST_SESSIONS);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .header('set-cookie', writeCookie(SESSION_COOKIE, session, request.protocol === 'https', settings.basePath))
        .send({
          profile: await toProfileBody(engine, viewers.access, profile),
          session,
          expiresAt: new Date(expiresAtMs).toISOString(),
        });
    },
  );
}

function addSessionEndRoute(app: App, { serving, stores, settings }: Services): void {
  const { households } = stores;
  app.delete(
    '/api/v1/session',
    {
      schema: {
        operationId: 'leaveProfile',
        summary:
          'End the session of the profile chosen last; that of a limited profile needs an adult of the household',
        tags: ['page'],
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const credentials = credentialsOf(request);
      const profile = await serving.current().viewers.access.profileWithoutUser(credentials);
      if (profile !== undefined && isLimited(profile)) {
        await serving.current().viewers.access.requireAdult(profile.householdId, credentials);
      }
      for (const session of [credentials.session, ...(credentials.otherSessions ?? [])]) {
        if (session !== undefined) await households.closeSession(hashOfSecret(session));
      }
      return reply
        .code(204)
        .header('set-cookie', writeCookie(SESSION_COOKIE, null, request.protocol === 'https', settings.basePath))
        .send(null);
    },
  );
}

function addPinRoute(app: App, { serving, stores, traffic, settings, clock }: Services): void {
  const { households } = stores;
  app.put(
    '/api/v1/profiles/:profileId/pin',
    {
      ...traffic.gate.pageHooks,
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
      const { access } = serving.current().viewers;
      const credentials = credentialsOf(request);
      // The old PIN is enough to change it, and the operator's token where it was forgotten. Setting the first PIN is a
      // change of rules like any other.
      if (!hasPin) await access.requireAdult(householdId, credentials);
      else if (!access.isAdmin(credentials)) {
        await requirePin(households, profileId, oldPin, clock(), {
          pepper: settings.pinPepper,
          earlierSession: credentials.session,
        });
      }
      await households.setPin(profileId, pin === null ? null : await hashPin(pin, settings.pinPepper));
      return reply.code(204).send(null);
    },
  );
}
