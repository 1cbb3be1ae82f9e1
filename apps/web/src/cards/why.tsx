import { messages } from '../messages/current.ts';
import { useLabOpen } from '../user/use-lab-open.ts';
import styles from './why.module.css';

interface WhyProps {
  readonly text: string;
  /** The title, as {@link inspectValue} says it. */
  readonly inspect: string;
  readonly className?: string | undefined;
  readonly tabIndex?: number;
}

/** Why a title is shown; a click lays open the request that it came from. The key I on the title does the same. */
export function Why({ text, inspect, className, tabIndex }: WhyProps) {
  const isOpen = useLabOpen();
  if (!isOpen) return <p className={className}>{text}</p>;
  return (
    <button
      type="button"
      className={`${className ?? ''} ${styles.why}`}
      data-inspect-open={inspect}
      tabIndex={tabIndex}
      title={messages.inspect}
    >
      {text}
    </button>
  );
}
