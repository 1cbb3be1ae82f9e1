import {
  HouseholdParams,
  HouseholdResponse,
  NewProfileBody,
  Profile as ProfileBody,
  ProfileChangeBody,
  ProfileParams,
} from '@matinee/contract';
import { MatineeError } from '@matinee/numerics';
import type { Profile } from '@matinee/recommender';
import Type from 'typebox';
import { hashPin } from '../households/pin.ts';
import { profileUserId } from '../households/profile-users.ts';
import { requireHousehold, requireProfile } from '../households/require-profile.ts';
import type { App } from '../http/app.ts';
import { credentialsOf } from '../identity/credentials.ts';
import { changed, newProfileRules, toProfileBody } from './profile-body.ts';
import type { Services } from './services.ts';

const MAX_PROFILES = 20;
const NewHouseholdBody = Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })]);
const tags = ['page'];

/** Households and their profiles. A household's id is enough to read it; for changes see {@link requireAdult}. */
export function addHouseholdRoutes(app: App, services: Services): void {
  addNewHouseholdRoute(app, services);
  addHouseholdRoute(app, services);
  addNewProfileRoute(app, services);
  addProfileChangeRoute(app, services);
  addProfileRemovalRoute(app, services);
}

function addNewHouseholdRoute(app: App, { serving, stores, clock, createId }: Services): void {
  const { households } = stores;
  app.post(
    '/api/v1/households',
    {
      bodyLimit: 1024,
      schema: {
        operationId: 'createHousehold',
        summary: 'A new household, without profiles',
        tags,
        body: NewHouseholdBody,
        response: { 201: HouseholdResponse },
      },
    },
    async (request, reply) => {
      await serving.current().viewers.access.requireUnbound(credentialsOf(request));
      const householdId = createId();
      await households.createHousehold(householdId, clock());
      return reply.code(201).send({ householdId, profiles: [] });
    },
  );
}

function addHouseholdRoute(app: App, { serving, stores }: Services): void {
  const { households } = stores;
  app.get(
    '/api/v1/households/:householdId',
    {
      schema: {
        operationId: 'getHousehold',
        summary: 'The profiles of a household',
        tags,
        params: HouseholdParams,
        response: { 200: HouseholdResponse },
      },
    },
    async (request) => {
      const { householdId } = request.params;
      await requireHousehold(households, householdId);
      return {
        householdId,
        profiles: await Promise.all(
          (await households.profilesOf(householdId)).map((profile) => toBody(serving, profile)),
        ),
      };
    },
  );
}

function addNewProfileRoute(app: App, { serving, stores, settings, clock, createId }: Services): void {
  const { households, visitors } = stores;
  app.post(
    '/api/v1/households/:householdId/profiles',
    {
      bodyLimit: 64 * 1024,
      schema: {
        operationId: 'createProfile',
        summary: 'A new profile, with its rules and perhaps a PIN',
        tags,
        params: HouseholdParams,
        body: NewProfileBody,
        response: { 201: ProfileBody },
      },
    },
    async (request, reply) => {
      const { householdId } = request.params;
      const { pin, userIdx: givenIdx, userId: givenId } = request.body;
      const { engine, viewers } = serving.current();
      const { access } = viewers;
      const credentials = credentialsOf(request);
      await requireHousehold(households, householdId);
      await access.requireAdult(householdId, credentials);
      if ((await households.profilesOf(householdId)).length >= MAX_PROFILES) {
        throw new MatineeError('TOO_MANY_PROFILES', `a household has at most ${MAX_PROFILES} profiles`);
      }
      const rules = newProfileRules(engine, request.body);
      const hash = pin === undefined ? null : await hashPin(pin, settings.pinPepper);
      const given = { userIdx: givenIdx, userId: givenId };
      const isGiven = givenIdx !== undefined || givenId !== undefined;
      // Who may not open an unknown user for good must not make one.
      const resolve = access.isOperator(credentials) ? access.resolveOrCreate : access.resolveKnown;
      const userIdx = isGiven ? await resolve(given, credentials) : undefined;
      const { userId } =
        userIdx === undefined
          ? await visitors.create(profileUserId(createId()), clock())
          : await access.openForGood(userIdx, credentials);
      const profileId = createId();
      const isNew = await households.createProfile({ profileId, householdId, userId, createdAtMs: clock(), ...rules });
      if (!isNew) throw new MatineeError('USER_HAS_PROFILE', `user ${userIdx} has a profile already`);
      if (hash !== null) await households.setPin(profileId, hash);
      return reply.code(201).send(await toBody(serving, await requireProfile(households, profileId)));
    },
  );
}

function addProfileChangeRoute(app: App, { serving, stores }: Services): void {
  const { households } = stores;
  app.patch(
    '/api/v1/profiles/:profileId',
    {
      bodyLimit: 64 * 1024,
      schema: {
        operationId: 'changeProfile',
        summary: 'Other rules or another name; what is not named stays',
        tags,
        params: ProfileParams,
        body: ProfileChangeBody,
        response: { 200: ProfileBody },
      },
    },
    async (request) => {
      const profile = await requireProfile(households, request.params.profileId);
      await serving.current().viewers.access.requireAdult(profile.householdId, credentialsOf(request));
      await households.changeProfile(profile.profileId, changed(serving.current().engine, profile, request.body));
      return toBody(serving, await requireProfile(households, profile.profileId));
    },
  );
}

function addProfileRemovalRoute(app: App, { serving, stores }: Services): void {
  const { households } = stores;
  app.delete(
    '/api/v1/profiles/:profileId',
    {
      schema: {
        operationId: 'deleteProfile',
        summary: 'Removes a profile with its PIN; what its user said stays in the log',
        tags,
        params: ProfileParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const profile = await requireProfile(households, request.params.profileId);
      await serving.current().viewers.access.requireAdult(profile.householdId, credentialsOf(request));
      await households.removeProfile(profile.profileId);
      return reply.code(204).send(null);
    },
  );
}

function toBody(serving: Services['serving'], profile: Profile): Promise<ProfileBody> {
  const { engine, viewers } = serving.current();
  return toProfileBody(engine, viewers.access, profile);
}
