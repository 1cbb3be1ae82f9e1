import styles from './charts.module.css';
import { figure } from './figures.ts';

interface Interval {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface IntervalChartProps {
  /** What it shows, as one sentence. */
  readonly label: string;
  readonly rows: readonly Interval[];
  /** Draws a line at zero, and has it in the range. */
  readonly hasZero?: boolean;
}

const WIDTH = 640;
const LEFT = 110;
const RIGHT = 20;
const ROW = 34;

/** Estimates with their intervals, one below the other. The table beside it says the same. */
export function IntervalChart({ label, rows, hasZero = false }: IntervalChartProps) {
  const bounds = rows.flatMap(({ low, high }) => [low, high]);
  const [lowest, highest] = [
    Math.min(...bounds, ...(hasZero ? [0] : [])),
    Math.max(...bounds, ...(hasZero ? [0] : [])),
  ];
  const range = highest - lowest || 1;
  const x = (value: number): number => LEFT + ((value - lowest) / range) * (WIDTH - LEFT - RIGHT);
  const height = ROW * rows.length + 24;
  return (
    <svg className={styles.chart} viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={label}>
      {hasZero && <line className={styles.zero} x1={x(0)} x2={x(0)} y1={0} y2={height - 20} />}
      {rows.map(({ label: name, value, low, high }, at) => {
        const y = ROW * at + ROW / 2;
        return (
          <g key={name}>
            <text x={LEFT - 12} y={y} textAnchor="end" dominantBaseline="middle">
              {name}
            </text>
            <line className={styles.interval} x1={x(low)} x2={x(high)} y1={y} y2={y} />
            <circle className={styles.dot} cx={x(value)} cy={y} r={5} />
          </g>
        );
      })}
      <text x={x(lowest)} y={height - 4}>
        {figure(lowest)}
      </text>
      <text x={x(highest)} y={height - 4} textAnchor="end">
        {figure(highest)}
      </text>
    </svg>
  );
}
