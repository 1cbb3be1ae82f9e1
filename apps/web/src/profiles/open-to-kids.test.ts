import { describe, expect, it } from 'vitest';
import { en } from '../messages/en.ts';
import { profilesOpenToKids } from './open-to-kids.ts';

const ann = { name: 'Ann', isKids: false, hasPin: false };
const bob = { name: 'Bob', isKids: false, hasPin: false };
const kim = { name: 'Kim', isKids: true, hasPin: false };
const withPin = { hasPin: true };

describe('profilesOpenToKids', () => {
  it('names the adults without a PIN where there is a kids profile', () => {
    expect(profilesOpenToKids([ann, kim])).toEqual(['Ann']);
    expect(profilesOpenToKids([{ ...ann, ...withPin }, bob, kim])).toEqual(['Bob']);
    expect(en.profiles.openToKids(['Ann'])).toMatch(/^Ann has no PIN: a child can choose it/);
    expect(en.profiles.openToKids(['Ann', 'Bob'])).toMatch(/^Ann and Bob have no PIN: a child can choose them/);
  });

  it('says so too where nobody but children is there', () => {
    expect(profilesOpenToKids([kim])).toEqual([]);
    expect(en.profiles.openToKids([])).toContain('Add one for yourself');
  });

  it('has nothing to say without children, or with a PIN on all others', () => {
    expect(profilesOpenToKids([])).toBeUndefined();
    expect(profilesOpenToKids([ann, bob])).toBeUndefined();
    expect(profilesOpenToKids([{ ...ann, ...withPin }, kim])).toBeUndefined();
  });
});
