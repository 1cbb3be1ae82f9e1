/**
 * Import rules. Data flows one way: numerics ← models ← recommender ← adapters ← apps, and inside each of them from the
 * first folder of its list in `scripts/folder-order.cjs` to the last.
 */

const FLOW = require('./scripts/folder-order.cjs');

/** Tests may look at anything. */
const TESTS = '\\.test\\.tsx?$|/testing/';

/** `parent` without what lies in its own listed sub-folders, which have a place of their own. */
const filesOf = (root, folder, folders) => {
  if (folder === '.') return `^${root}/[^/]+\\.tsx?$`;
  const below = folders.filter((each) => each.startsWith(`${folder}/`)).map((each) => each.slice(folder.length + 1));
  return below.length === 0 ? `^${root}/${folder}/` : `^${root}/${folder}/(?!(${below.join('|')})/)`;
};

const folderRules = Object.entries(FLOW).flatMap(([root, listed]) => {
  const folders = listed.includes('.') ? listed : [...listed, '.'];
  return [
    {
      name: `folders-are-listed: ${root}`,
      comment: 'A new folder has a place in scripts/folder-order.cjs.',
      severity: 'error',
      from: { path: `^${root}/[^/]+/`, pathNot: `^${root}/(${listed.join('|')}|testing)/|${TESTS}` },
      to: {},
    },
    ...folders.slice(0, -1).map((folder, place) => ({
      name: `one-way: ${root}/${folder}`,
      comment: 'A folder imports from those before it in scripts/folder-order.cjs.',
      severity: 'error',
      from: { path: filesOf(root, folder, folders), pathNot: TESTS },
      to: { path: folders.slice(place + 1).map((later) => filesOf(root, later, folders)) },
    })),
  ];
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...folderRules,
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'numerics-stands-alone',
      comment: 'Numerics knows no user and no item.',
      severity: 'error',
      from: { path: '^packages/numerics/src' },
      to: { path: '^(packages/(?!numerics)|apps)/' },
    },
    {
      name: 'client-stands-alone',
      comment: 'A program that talks to a server needs nothing of what the server is made of.',
      severity: 'error',
      from: { path: '^packages/client/src' },
      to: { path: '^(packages/(?!client)|apps)/' },
    },
    {
      name: 'gbdt-needs-numerics-only',
      comment: 'The tree library is usable without the recommender.',
      severity: 'error',
      from: { path: '^packages/gbdt/src' },
      to: { path: '^(packages/(?!gbdt|numerics)|apps)/' },
    },
    {
      name: 'models-below-recommender',
      comment: 'Offline code knows nothing of requests, stores or HTTP.',
      severity: 'error',
      from: { path: '^packages/models/src' },
      to: { path: '^(packages/(recommender|adapters|contract)|apps)/' },
    },
    {
      name: 'recommender-is-pure',
      comment: 'The request path reaches the outside through ports only.',
      severity: 'error',
      from: { path: '^packages/recommender/src' },
      to: { path: '^(packages/(adapters|contract)|apps)/' },
    },
    {
      name: 'ports-import-no-implementation',
      comment: 'A port is a type; what implements it depends on it.',
      severity: 'error',
      from: { path: '^packages/recommender/src/ports/' },
      to: { path: '^packages/(recommender/src/(?!ports/)|adapters)' },
    },
    {
      name: 'adapters-stay-apart',
      comment: 'Swapping one store must not touch another. How all of them write files stands in disk/.',
      severity: 'error',
      from: { path: '^packages/adapters/src/([^/]+)/' },
      to: { path: '^packages/adapters/src/([^/]+)/', pathNot: '^packages/adapters/src/($1|disk)/' },
    },
    {
      name: 'adapters-below-apps',
      comment: 'Adapters are wired by the apps.',
      severity: 'error',
      from: { path: '^packages/adapters/src' },
      to: { path: '^(apps|packages/contract)/' },
    },
    {
      name: 'contract-stands-alone',
      comment: 'HTTP schemas are shared with the browser.',
      severity: 'error',
      from: { path: '^packages/contract/src' },
      to: { path: '^(packages/(?!contract)|apps)/' },
    },
    {
      name: 'web-talks-http-only',
      comment: 'The page sees the contract and nothing of the server.',
      severity: 'error',
      from: { path: '^apps/web/src' },
      to: { path: '^(packages/(?!contract)|apps/(?!web))' },
    },
    {
      name: 'no-node-in-pure-packages',
      comment: 'numerics, models and recommender touch no file, network, clock or process; those come in as arguments.',
      severity: 'error',
      from: { path: '^packages/(numerics|models|recommender|contract)/src', pathNot: '\\.test\\.ts$|/testing/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-mains-construct-adapters',
      comment: 'Adapters are constructed in main.ts and by the CLI; everything else takes ports.',
      severity: 'error',
      from: {
        path: '^apps/(server|cli)/src/',
        pathNot: `^apps/server/src/main\\.ts|^apps/cli/src/(commands|evaluation|export|serving|training|tuning|workspace)/|${TESTS}`,
      },
      to: { path: '^packages/adapters' },
    },
    {
      name: 'no-undeclared-dependency',
      comment: 'npm hoists; what a package imports, its package.json names.',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: '\\.test\\.tsx?$|/testing/|\\.config\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Development tools are declared once, at the root.
    combinedDependencies: true,
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@matinee/source', 'import', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.css'],
    },
  },
};
