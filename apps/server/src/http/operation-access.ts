import type { FastifyRequest } from 'fastify';
import type { Scope } from '../identity/api-key.ts';

/** Who may use an operation where API keys are required. */
export interface OperationAccess {
  /** What a key needs; undefined = nobody needs one. */
  readonly scope?: Scope;
  /**
   * Whether the page's visitors may use it without a key: those who bring a visitor's secret or a profile's session
   * (`own`), or `all`, since the page begins with it. It opens nothing else to them: `serving/access.ts` decides whom
   * they act for.
   */
  readonly visitors: 'own' | 'all' | 'none';
}

const forVisitors = (scope: Scope): OperationAccess => ({ scope, visitors: 'own' });
const forPage = (scope: Scope): OperationAccess => ({ scope, visitors: 'all' });
const forKeys = (scope: Scope): OperationAccess => ({ scope, visitors: 'none' });
const PUBLIC: OperationAccess = { visitors: 'all' };

/** Every operation of the API by its `operationId`; one that is missing needs a key with the scope `admin`. */
export const OPERATION_ACCESS: Readonly<Record<string, OperationAccess>> = {
  recommend: forVisitors('read'),
  recommendMany: forVisitors('read'),
  giveFeedback: forVisitors('write'),
  getHome: forVisitors('read'),
  getRow: forVisitors('read'),
  getItem: forVisitors('read'),
  getItemById: forVisitors('read'),
  getSimilar: forVisitors('read'),
  getSimilarById: forVisitors('read'),
  getCards: forVisitors('read'),
  getOnboarding: forVisitors('read'),
  search: forVisitors('read'),
  listUsers: forPage('read'),
  getUser: forVisitors('read'),
  getUserById: forVisitors('read'),
  getUserVersion: forVisitors('read'),
  createVisitor: forPage('write'),
  listUserEvents: forVisitors('read'),
  listUserEventsById: forVisitors('read'),
  getUserHistory: forVisitors('read'),
  getUserHistoryById: forVisitors('read'),
  exportUser: forVisitors('read'),
  exportUserById: forVisitors('read'),
  deleteUser: forVisitors('write'),
  deleteUserById: forVisitors('write'),
  mergeUser: forVisitors('write'),
  mergeUserById: forVisitors('write'),
  sendEvents: forVisitors('write'),
  createHousehold: forVisitors('write'),
  // Its id cannot be guessed, and a device that is new to the household knows nothing else.
  getHousehold: forPage('read'),
  chooseProfile: forPage('write'),
  leaveProfile: forPage('write'),
  createProfile: forVisitors('write'),
  changeProfile: forVisitors('write'),
  deleteProfile: forVisitors('write'),
  setPin: forVisitors('write'),
  addItems: forKeys('catalogue'),
  putItem: forKeys('catalogue'),
  changeItem: forKeys('catalogue'),
  deleteItem: forKeys('catalogue'),
  streamEvents: forVisitors('read'),
  getTrace: forVisitors('read'),
  explainTraceItem: forVisitors('read'),
  makeTrace: forVisitors('read'),
  compareGenerations: forVisitors('read'),
  listRuns: forVisitors('read'),
  // Says as much of the process as the metrics.
  getSystem: forKeys('admin'),
  getStatus: forPage('read'),
  getMetrics: forKeys('admin'),
  // An image of another page brings no header.
  getPoster: PUBLIC,
  getHealth: PUBLIC,
  getReadiness: PUBLIC,
};

/** Returns the operation that a request is for; undefined for a file of the page or an unknown address. */
export function operationIdOf({ routeOptions }: FastifyRequest): string | undefined {
  return (routeOptions.schema as { readonly operationId?: string } | undefined)?.operationId;
}

/** Returns who may use an operation; undefined for what is no operation, such as a file of the page. */
export function accessOf(operationId: string | undefined): OperationAccess | undefined {
  if (operationId === undefined) return undefined;
  return Object.hasOwn(OPERATION_ACCESS, operationId) ? OPERATION_ACCESS[operationId] : forKeys('admin');
}
