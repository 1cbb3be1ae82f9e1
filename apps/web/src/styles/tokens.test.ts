import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** Colours of one theme by token name: `light-dark(#light, #dark)`, solid colours only. */
function tokensOf(theme: 'light' | 'dark'): ReadonlyMap<string, string> {
  const pairs = css.matchAll(/--([\w-]+):\s*light-dark\(\s*(#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\s*\)/gi);
  return new Map([...pairs].map(([, name, light, dark]) => [name!, theme === 'light' ? light! : dark!]));
}

/** WCAG 2.2 relative luminance. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

const SURFACES = ['bg', 'bg-raised', 'bg-hover'];
const TEXTS = ['text', 'text-muted', 'accent', 'danger'];

describe.each(['light', 'dark'] as const)('tokens of the %s theme', (theme) => {
  const tokens = tokensOf(theme);
  const of = (name: string) => tokens.get(name) ?? '';

  it.each(TEXTS)('%s is readable on every surface (4.5:1)', (text) => {
    for (const surface of SURFACES) expect(contrast(of(text), of(surface))).toBeGreaterThanOrEqual(4.5);
  });

  it('text on the accent is readable (4.5:1)', () => {
    expect(contrast(of('on-accent-fill'), of('accent-fill'))).toBeGreaterThanOrEqual(4.5);
  });

  it('edges of controls and the focus ring stand out (3:1)', () => {
    for (const line of ['line-strong', 'focus'])
      for (const surface of ['bg', 'bg-raised']) expect(contrast(of(line), of(surface))).toBeGreaterThanOrEqual(3);
  });
});
