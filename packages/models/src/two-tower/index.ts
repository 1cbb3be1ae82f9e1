export { twoTowerFamily } from './two-tower.ts';
