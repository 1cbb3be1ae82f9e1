/** A seeded random generator. Packages below the apps never use `Math.random`: the same seed gives the same bytes. */
export interface Random {
  /** Uniform in [0, 1), with a resolution of 32 bits. */
  next(): number;
  /** Uniform integer in [0, bound). `bound` must be in [1, 2³²]. */
  integer(bound: number): number;
  /** Standard normal (Box–Muller; the second value of each pair is stored for the next call). */
  normal(): number;
  /** Shuffles in place (Fisher–Yates) and returns its argument. */
  shuffle<T extends { length: number; [index: number]: unknown }>(values: T): T;
  /** Returns an independent stream for a named purpose. Its draws do not change when another stream is added. */
  fork(label: string): Random;
}

/**
 * Creates a generator from a 32-bit seed.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand). It has 128 bits of state, passes PractRand and BigCrush, and
 * needs only 32-bit adds, shifts and xors. The state is filled from the seed by splitmix32, then warmed up for 12
 * rounds.
 */
export function createRandom(seed: number): Random {
  let mix = seed >>> 0;
  const splitmix32 = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix ^ (mix >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = splitmix32();
  let b = splitmix32();
  let c = splitmix32();
  let counter = 1;
  const nextUint32 = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  };
  for (let round = 0; round < 12; round++) nextUint32();

  let spareNormal = Number.NaN;
  const random: Random = {
    next: () => nextUint32() / 4294967296,
    integer: (bound) => Math.floor((nextUint32() / 4294967296) * bound),
    normal() {
      if (!Number.isNaN(spareNormal)) {
        const value = spareNormal;
        spareNormal = Number.NaN;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
      const angle = 2 * Math.PI * random.next();
      spareNormal = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    shuffle(values) {
      for (let last = values.length - 1; last > 0; last--) {
        const other = random.integer(last + 1);
        const held = values[last];
        (values as { [index: number]: unknown })[last] = values[other];
        (values as { [index: number]: unknown })[other] = held;
      }
      return values;
    },
    fork: (label) => createRandom(hashString(label) ^ seed),
  };
  return random;
}

/** Returns the 32-bit FNV-1a hash of the string's UTF-16 code units. For seeds and buckets, not for integrity. */
export function hashString(text: string): number {
  let hash = 0x811c9dc5;
  for (let position = 0; position < text.length; position++) {
    const unit = text.charCodeAt(position);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash >>> 0;
}
