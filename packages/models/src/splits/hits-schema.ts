import Type from 'typebox';

/** Which interactions may be targets: every first contact, or only those the confidence rule labels a success. */
export const hitsSchema = Type.Union([Type.Literal('all'), Type.Literal('positive')]);
