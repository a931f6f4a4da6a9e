import { suite } from './vitest.config.js';

/** Tests that take minutes: `npm run test:all` runs them after those of `npm test`. */
export default suite(['test/**/*.long.test.ts'], ['**/node_modules/**'], 'long-test-results.json');
