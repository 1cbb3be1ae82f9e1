import styles from './charts.module.css';
import { figure } from './figures.ts';

interface LineChartProps {
  /** What it shows, as one sentence. */
  readonly label: string;
  /** From left to right, at equal distances. */
  readonly values: readonly number[];
}

const WIDTH = 320;
const HEIGHT = 120;
const PAD = 8;

/** One value by step. The table beside it says the same. */
export function LineChart({ label, values }: LineChartProps) {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const x = (at: number): number => PAD + (at / Math.max(1, values.length - 1)) * (WIDTH - 2 * PAD);
  const y = (value: number): number => HEIGHT - 20 - ((value - lowest) / (highest - lowest || 1)) * (HEIGHT - 40);
  const points = values.map((value, at) => `${x(at)},${y(value)}`).join(' ');
  return (
    <svg className={styles.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <polyline className={styles.line} points={points} />
      <text x={PAD} y={12}>
        {figure(highest)}
      </text>
      <text x={PAD} y={HEIGHT - 4}>
        {figure(lowest)}
      </text>
    </svg>
  );
}
