import type { LabRun } from '@matinee/contract';
import { useSearchParams } from 'wouter';
import { formatTime } from '../messages/format.ts';
import { lab } from '../messages/lab-en.ts';
import styles from './run-choice.module.css';

interface RunChoiceProps {
  readonly runs: readonly LabRun[];
  readonly chosen: LabRun;
}

/** Chooses the run that a screen is about; the address holds it. */
export function RunChoice({ runs, chosen }: RunChoiceProps) {
  const [, setSearch] = useSearchParams();
  const choose = (version: string) =>
    setSearch(
      (known) => {
        known.set('run', version);
        return known;
      },
      { replace: true },
    );
  return (
    <select
      className={styles.choice}
      aria-label={lab.chooseRun}
      value={chosen.version}
      onChange={(event) => choose(event.target.value)}
    >
      {runs.map(({ version, generation, isServed, savedAt }) => (
        <option key={version} value={version}>
          {[
            `${generation.toUpperCase()} ${version}`,
            savedAt === null ? undefined : formatTime(Date.parse(savedAt)),
            isServed ? lab.compare.served : undefined,
          ]
            .filter((part) => part !== undefined)
            .join(' · ')}
        </option>
      ))}
    </select>
  );
}
