import { useSyncExternalStore } from 'react';
import { Dialog } from '../dialog/dialog.tsx';
import { messages } from '../messages/current.ts';
import styles from './help-dialog.module.css';
import { singleKeys } from './single-keys.ts';

const { help } = messages;
const ON_CARD: readonly (readonly [readonly string[], string])[] = [
  [['←', '→'], help.entries.move],
  [['↑', '↓'], help.entries.rows],
  [['Home', 'End'], help.entries.ends],
  [['Ctrl Home', 'Ctrl End'], help.entries.firstLastRow],
  [['Enter'], help.entries.open],
  [['Tab'], help.entries.buttons],
  [['L'], help.entries.like],
  [['D'], help.entries.dislike],
  [['W'], help.entries.watched],
  [['S'], help.entries.skip],
  [['I'], help.entries.inspect],
];
const EVERYWHERE: readonly (readonly [readonly string[], string])[] = [
  [['U', 'Ctrl Z'], help.entries.undo],
  [['/'], help.entries.search],
  [['G H'], help.entries.goHome],
  [['G S'], help.entries.goSearch],
  [['G E'], help.entries.goHistory],
  [['G P'], help.entries.goProfiles],
  [['G L'], help.entries.goLab],
  [['?'], help.entries.help],
];

function KeyList({ title, entries }: { title: string; entries: typeof ON_CARD }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl className={styles.list}>
        {entries.map(([keys, text]) => (
          <div key={text + keys.join()}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const on = useSyncExternalStore(singleKeys.subscribe, singleKeys.get);
  return (
    <Dialog open={open} title={help.title} onClose={onClose}>
      <div className={styles.columns}>
        <KeyList title={help.onCard} entries={ON_CARD} />
        <KeyList title={help.everywhere} entries={EVERYWHERE} />
      </div>
      <label className={styles.setting}>
        <input type="checkbox" checked={on} onChange={(event) => singleKeys.update(() => event.target.checked)} />
        <span>
          {help.singleKeys}
          <small>{help.singleKeysHint}</small>
        </span>
      </label>
    </Dialog>
  );
}
