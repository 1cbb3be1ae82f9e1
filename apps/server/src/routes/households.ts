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
import { requireAdult } from '../households/adults.ts';
import { hashPin } from '../households/pin.ts';
import { profileUserId } from '../households/profile-users.ts';
import type { App } from '../http/app.ts';
import { sessionOf } from '../http/requested-rules.ts';
import { changed, newProfileRules, toProfileBody } from './profile-body.ts';
import type { Services } from './services.ts';

const MAX_PROFILES = 20;
const NewHouseholdBody = Type.Union([Type.Null(), Type.Object({}, { additionalProperties: false })]);
const tags = ['page'];

/** Households and their profiles. Whoever knows a household's id may see it; who may change it: {@link requireAdult}. */
export function addHouseholdRoutes(app: App, services: Services): void {
  const { serving, stores, clock, createId } = services;
  const { households, visitors } = stores;

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
    async (_request, reply) => {
      const householdId = createId();
      await households.createHousehold(householdId, clock());
      return reply.code(201).send({ householdId, profiles: [] });
    },
  );

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
      await requireHousehold(householdId);
      return { householdId, profiles: await Promise.all((await households.profilesOf(householdId)).map(toBody)) };
    },
  );

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
      const { pin, userIdx } = request.body;
      await requireHousehold(householdId);
      await requireAdult(households, householdId, sessionOf(request).session, clock());
      if ((await households.profilesOf(householdId)).length >= MAX_PROFILES) {
        throw new MatineeError('TOO_MANY_PROFILES', `a household has at most ${MAX_PROFILES} profiles`);
      }
      const { engine, viewers } = serving.current();
      const rules = newProfileRules(engine, request.body);
      const hash = pin === undefined ? null : await hashPin(pin);
      const { userId } =
        userIdx === undefined ? await visitors.create(profileUserId(createId()), clock()) : await viewers.find(userIdx);
      const profileId = createId();
      const isNew = await households.createProfile({ profileId, householdId, userId, createdAtMs: clock(), ...rules });
      if (!isNew) throw new MatineeError('USER_HAS_PROFILE', `user ${userIdx} has a profile already`);
      if (hash !== null) await households.setPin(profileId, hash);
      return reply.code(201).send(await toBody(await requireProfile(profileId)));
    },
  );

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
      const profile = await requireProfile(request.params.profileId);
      await requireAdult(households, profile.householdId, sessionOf(request).session, clock());
      await households.changeProfile(profile.profileId, changed(serving.current().engine, profile, request.body));
      return toBody(await requireProfile(profile.profileId));
    },
  );

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
      const profile = await requireProfile(request.params.profileId);
      await requireAdult(households, profile.householdId, sessionOf(request).session, clock());
      await households.removeProfile(profile.profileId);
      return reply.code(204).send(null);
    },
  );

  async function requireHousehold(householdId: string): Promise<void> {
    if (await households.hasHousehold(householdId)) return;
    throw new MatineeError('HOUSEHOLD_NOT_FOUND', 'there is no such household; POST /api/v1/households makes one');
  }

  async function requireProfile(profileId: string): Promise<Profile> {
    const profile = await households.findProfile(profileId);
    if (profile !== undefined) return profile;
    throw new MatineeError('PROFILE_NOT_FOUND', 'there is no such profile');
  }

  function toBody(profile: Profile): Promise<ProfileBody> {
    const { engine, viewers } = serving.current();
    return toProfileBody(engine, viewers, profile);
  }
}
