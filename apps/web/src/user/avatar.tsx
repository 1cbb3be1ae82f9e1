import styles from './avatar.module.css';

const HUES = [12, 42, 148, 192, 228, 268, 318, 340];

/** A coloured disc with a short label. The name is shown beside it. */
export function Avatar({
  userIdx,
  label,
  size = 'large',
}: {
  userIdx: number;
  label: string;
  size?: 'large' | 'small';
}) {
  const hue = HUES[Math.imul(userIdx + 1, 0x9e3779b1) >>> 29];
  return (
    <span
      className={styles.avatar}
      data-size={size}
      aria-hidden="true"
      style={{ background: `linear-gradient(150deg, hsl(${hue} 48% 36%), hsl(${(hue ?? 0) + 40} 52% 22%))` }}
    >
      {label.slice(0, 4)}
    </span>
  );
}
