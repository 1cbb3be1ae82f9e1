import { en } from './en.ts';

/** The messages of the current language. There is only one so far. */
export const messages: typeof en = en;
