export type { AnswerCacheLimits } from './answer-cache.ts';
export type { App } from './app.ts';
export { createServer, type Server } from './create-server.ts';
export type { ServerDependencies } from './dependencies.ts';
export type { LoadLimits } from './load-gate.ts';
export { type RunningServer, type StartServerOptions, startServer } from './main.ts';
export { RECOMMEND_CONTEXT } from './recommend-context.ts';
export type { TrainingReport } from './stream/training-progress.ts';
