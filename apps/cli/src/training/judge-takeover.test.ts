import type { GenerationName } from '@matinee/models/generations';
import { describe, expect, it } from 'vitest';
import { judgeTakeover } from './judge-takeover.ts';

/** A release whose forty users find, on one query each, what `ndcg` says, a little up and down. */
function release(generation: GenerationName, ndcg?: number) {
  if (ndcg === undefined) return { generation };
  const users = Array.from({ length: 40 }, (_, user) => user);
  const heldOutUsers = {
    userIndices: users,
    counts: users.map(() => 1),
    ndcg: users.map((user) => ndcg + 0.01 * Math.sin(user)),
  };
  return { generation, training: { heldOutUsers } as never };
}

describe('judgeTakeover', () => {
  it('asks for what is shown to be better', () => {
    const better = judgeTakeover(release('v1', 0.1), release('v2', 0.2));
    expect(better).toMatchObject({ takesOver: true, comparison: { against: 'v1', users: 40 } });
    expect(better.figures).toMatch(/^NDCG@10 on held-out queries 0\.2\d+, v1 0\.1\d+: \+0\.1000 /);
    const worse = judgeTakeover(release('v2', 0.2), release('v3', 0.1));
    expect(worse).toMatchObject({ takesOver: false, figures: expect.stringContaining('not shown to be better') });
  });

  it('prefers a release that was measured, and none that was not', () => {
    expect(judgeTakeover(release('v1'), release('v2', 0.1)).takesOver).toBe(true);
    expect(judgeTakeover(release('v1', 0.1), release('v2')).takesOver).toBe(false);
  });

  it('lets the pinned generation take over, whatever it is worth, and no other', () => {
    expect(judgeTakeover(release('v1', 0.2), release('v3', 0.1), 'v3').takesOver).toBe(true);
    expect(judgeTakeover(release('v3', 0.1), release('v4', 0.2), 'v3')).toEqual({
      takesOver: false,
      figures: '--serve asks for v3',
    });
  });
});
