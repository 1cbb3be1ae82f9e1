// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import { commandOf, feedbackOf, type KeyPress } from './shortcuts.ts';

const ready = { chord: false, singleKeys: true };
const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  target: document.body,
  ...more,
});

beforeEach(() => {
  document.body.innerHTML =
    '<input><textarea></textarea><p contenteditable="true"><b>x</b></p><dialog><button></button></dialog><a href="/">x</a>';
});

describe('commandOf', () => {
  it('knows the keys of the help dialog', () => {
    expect(commandOf(press('/'), ready)).toBe('search');
    expect(commandOf(press('?'), ready)).toBe('help');
    expect(commandOf(press('u'), ready)).toBe('undo');
    expect(commandOf(press('z', { ctrlKey: true }), ready)).toBe('undo');
    expect(commandOf(press('g'), ready)).toBe('chord');
  });

  it('reads h, s, e, p and l after g as places', () => {
    const chord = { ...ready, chord: true };
    expect(['h', 's', 'e', 'p', 'l', 'x'].map((key) => commandOf(press(key), chord))).toEqual([
      'go-home',
      'go-search',
      'go-history',
      'go-profiles',
      'go-lab',
      undefined,
    ]);
  });

  it('keeps out of fields, editable text and dialogs, Ctrl+Z included', () => {
    for (const selector of ['input', 'textarea', 'b', 'dialog button']) {
      const target = document.querySelector(selector);
      expect(commandOf(press('/', { target }), ready)).toBeUndefined();
      expect(commandOf(press('z', { target, ctrlKey: true }), ready)).toBeUndefined();
      expect(feedbackOf(press('l', { target }))).toBeUndefined();
    }
    expect(commandOf(press('/', { target: document.querySelector('a') }), ready)).toBe('search');
  });

  it('leaves the browser its own shortcuts', () => {
    expect(commandOf(press('u', { ctrlKey: true }), ready)).toBeUndefined();
    expect(commandOf(press('/', { altKey: true }), ready)).toBeUndefined();
    expect(feedbackOf(press('l', { ctrlKey: true }))).toBeUndefined();
    expect(feedbackOf(press('d', { metaKey: true }))).toBeUndefined();
  });

  it('keeps Ctrl+Z and drops single keys when the viewer turned them off', () => {
    const off = { chord: false, singleKeys: false };
    expect(commandOf(press('/'), off)).toBeUndefined();
    expect(commandOf(press('z', { ctrlKey: true }), off)).toBe('undo');
  });
});

describe('feedbackOf', () => {
  it('reads one letter per choice, in either case', () => {
    expect(['l', 'D', 'w', 'S', 'x'].map((key) => feedbackOf(press(key)))).toEqual([
      'like',
      'dislike',
      'watched',
      'skip',
      undefined,
    ]);
  });
});
