/** The first user number of visitors; users of the data set have lower numbers (see the contract's identifiers). */
const FIRST_VISITOR = 2 ** 30;

export const isVisitor = (userIdx: number): boolean => userIdx >= FIRST_VISITOR;
