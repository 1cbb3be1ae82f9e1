/**
 * Adds up test results for .ci/run: `node scripts/count-tests.mjs PLAYWRIGHT.json VITEST.json …`
 * prints "passed failed skipped". A report that is missing, unreadable or empty counts as one failure.
 */
import { readFileSync } from 'node:fs';

function countVitest(report) {
  // A file that fails to load has no tests of its own: count it, or it would vanish.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function countPlaywright(report) {
  const { expected, unexpected, flaky, skipped } = report.stats;
  return { passed: expected + flaky, failed: unexpected + report.errors.length, skipped };
}

function count(file, read) {
  try {
    const counts = read(JSON.parse(readFileSync(file, 'utf8')));
    if (counts.passed + counts.failed + counts.skipped > 0) return counts;
    process.stderr.write(`${file}: no test ran\n`);
  } catch (error) {
    process.stderr.write(`${file}: ${error.message}\n`);
  }
  return { passed: 0, failed: 1, skipped: 0 };
}

const [browserFile, ...unitFiles] = process.argv.slice(2);
const counts = [count(browserFile, countPlaywright), ...unitFiles.map((file) => count(file, countVitest))];
const total = (name) => counts.reduce((sum, each) => sum + each[name], 0);
console.log(total('passed'), total('failed'), total('skipped'));
