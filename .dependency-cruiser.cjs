/** Import rules. Data flows one way: numerics ← models ← recommender ← adapters ← apps. */
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', comment: 'Two files that need each other are one file, or hide a third.', severity: 'error', from: {}, to: { circular: true } },
    { name: 'numerics-stands-alone', comment: 'Numerics knows no user, item or film.', severity: 'error', from: { path: '^packages/numerics/src' }, to: { path: '^(packages/(?!numerics)|apps)/' } },
    { name: 'gbdt-needs-numerics-only', comment: 'The tree library is usable without the recommender.', severity: 'error', from: { path: '^packages/gbdt/src' }, to: { path: '^(packages/(?!gbdt|numerics)|apps)/' } },
    { name: 'models-below-recommender', comment: 'Offline code knows nothing of requests, stores or HTTP.', severity: 'error', from: { path: '^packages/models/src' }, to: { path: '^(packages/(recommender|adapters|contract)|apps)/' } },
    { name: 'recommender-is-pure', comment: 'The request path reaches the outside through ports only.', severity: 'error', from: { path: '^packages/recommender/src' }, to: { path: '^(packages/(adapters|contract)|apps)/' } },
    { name: 'ports-import-no-implementation', comment: 'A port is a type; what implements it depends on it.', severity: 'error', from: { path: '^packages/recommender/src/ports/' }, to: { path: '^packages/(recommender/src/(?!ports/)|adapters)' } },
    { name: 'adapters-stay-apart', comment: 'Swapping one store must not touch another.', severity: 'error', from: { path: '^packages/adapters/src/([^/]+)/' }, to: { path: '^packages/adapters/src/([^/]+)/', pathNot: '^packages/adapters/src/$1/' } },
    { name: 'adapters-below-apps', comment: 'Adapters are wired by the apps.', severity: 'error', from: { path: '^packages/adapters/src' }, to: { path: '^(apps|packages/contract)/' } },
    { name: 'contract-stands-alone', comment: 'HTTP schemas are shared with the browser.', severity: 'error', from: { path: '^packages/contract/src' }, to: { path: '^(packages/(?!contract)|apps)/' } },
    { name: 'web-talks-http-only', comment: 'The page sees the contract and nothing of the server.', severity: 'error', from: { path: '^apps/web/src' }, to: { path: '^(packages/(?!contract)|apps/(?!web))' } },
    { name: 'no-node-in-pure-packages', comment: 'numerics, models and recommender touch no file, network, clock or process; those come in as arguments.', severity: 'error', from: { path: '^packages/(numerics|models|recommender|contract)/src', pathNot: '\\.test\\.ts$|/testing/' }, to: { dependencyTypes: ['core'] } },
    { name: 'only-mains-construct-adapters', comment: 'Adapters are constructed in main.ts and CLI commands; everything else takes ports.', severity: 'error', from: { path: '^apps/(server|cli)/src/', pathNot: '^apps/(server|cli)/src/(main\\.ts|commands/)|\\.test\\.ts$|/testing/' }, to: { path: '^packages/adapters' } },
    { name: 'no-undeclared-dependency', comment: 'npm hoists; what a package imports, its package.json names.', severity: 'error', from: { path: '^(packages|apps)/', pathNot: '\\.test\\.tsx?$|/testing/|\\.config\\.ts$' }, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] } },
    { name: 'resolvable', comment: 'An import that resolves to nothing.', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@matinee/source', 'import', 'types', 'default'], extensions: ['.ts', '.tsx', '.js', '.css'] },
  },
};
