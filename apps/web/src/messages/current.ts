import { en } from './en.ts';

/** The words in use. A second language makes this a choice; today there is one. */
export const messages: typeof en = en;
