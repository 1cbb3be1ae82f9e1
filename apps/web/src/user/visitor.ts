/** Visitors are numbered from here, users of the data set below (identifiers of the contract). */
const FIRST_VISITOR = 2 ** 30;

export const isVisitor = (userIdx: number): boolean => userIdx >= FIRST_VISITOR;
