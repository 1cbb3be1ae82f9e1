import { describe, expect, it } from 'vitest';
import { type EvaluateArguments, parseEvaluateOptions, parseFurtherSeeds } from './protocol-options.ts';

const defaults: EvaluateArguments = {
  models: 'all',
  protocol: 'temporal',
  confidence: 'every-interaction',
  'min-item-count': '0',
  'min-user-count': '0',
  'positive-only': false,
  seed: '1',
  'request-time': true,
  resamples: '1000',
};
const parse = (changes: Partial<EvaluateArguments>) => parseEvaluateOptions({ ...defaults, ...changes });

describe('parseEvaluateOptions', () => {
  it('takes all models by default, and named ones in the order given, once', () => {
    expect(parse({}).models).toContain('v1');
    expect(parse({ models: 'item-knn, popularity,item-knn' }).models).toEqual(['item-knn', 'popularity']);
  });

  it('turns targets into the protocol’s configuration', () => {
    expect(parse({ targets: 'successive,positive' }).protocolConfig).toEqual({
      targets: 'successive',
      hits: 'positive',
    });
    expect(parse({ protocol: 'leave-one-out', targets: 'positive', 'max-history': '200' }).protocolConfig).toEqual({
      hits: 'positive',
      maxHistory: 200,
    });
  });

  it.each([
    [{ models: 'item-knn,popularty' }, '--models: "popularty" is none of'],
    [{ models: ' , ' }, '--models names no model'],
    [{ protocol: 'random' }, '--protocol: "random" is none of'],
    [{ confidence: 'none' }, '--confidence: "none" is none of'],
    [{ targets: 'first' }, '--targets: "first" is none of'],
    [{ targets: 'last,successive' }, 'not both'],
    [{ targets: 'last', protocol: 'leave-one-out' }, '--targets last belongs to --protocol temporal'],
    [{ 'max-history': '200' }, '--max-history belongs to --protocol leave-one-out'],
    [{ seed: '-1' }, '--seed takes a whole number from 0 up'],
    [{ seed: 'x' }, '--seed takes'],
    [{ resamples: '0' }, '--resamples takes a whole number from 1 up'],
    [{ 'min-item-count': '2.5' }, '--min-item-count takes'],
  ] as [Partial<EvaluateArguments>, string][])('refuses %j and says what is wanted', (changes, message) => {
    expect(() => parse(changes)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }));
    expect(() => parse(changes)).toThrow(message);
  });
});

describe('parseFurtherSeeds', () => {
  const first = { seed: 1, protocol: 'temporal' };

  it('reads seeds joined by commas', () => {
    expect(parseFurtherSeeds('2, 3', first)).toEqual([2, 3]);
    expect(parseFurtherSeeds(undefined, first)).toEqual([]);
  });

  it.each(['1', '2,2', '2,x', '-4'])('refuses %s beside seed 1', (text) => {
    expect(() => parseFurtherSeeds(text, first)).toThrow(/--further-seeds/);
  });

  it('refuses them when the seed decides the queries', () => {
    const drawn = { seed: 1, protocol: 'strong-generalisation' };
    expect(() => parseFurtherSeeds('2', drawn)).toThrow(/drawn from --seed/);
    expect(parseFurtherSeeds(undefined, drawn)).toEqual([]);
  });
});
