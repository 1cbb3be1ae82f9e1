export { MAX_RECOMMENDATIONS } from '@matinee/contract';
export { createServer, type Server } from './create-server.ts';
export type { ServerDependencies } from './dependencies.ts';
export type { App } from './http/app.ts';
export { type RunningServer, type StartServerOptions, startServer } from './main.ts';
export { type ListedItem, type Lists, openLists } from './open-lists.ts';
export { RECOMMEND_CONTEXT } from './serving/recommend-context.ts';
export type { ServerSettings } from './settings.ts';
export type { GenerationProgress } from './stream/training-progress.ts';
