import { useSyncExternalStore } from 'react';
import { Link } from 'wouter';
import { Dialog } from '../dialog/dialog.tsx';
import { useLikedItems } from '../feedback/use-liked-items.ts';
import { messages } from '../messages/current.ts';
import { displayTitle } from '../messages/display-title.ts';
import { titlePath } from '../navigation/routes.ts';
import styles from './change-dialog.module.css';
import { isChangeOpen, type LatestChange, latestChange } from './latest-change.ts';
import type { ComparedRow, MovedTitle } from './page-change.ts';

const words = messages.changes;
const close = () => isChangeOpen.set(false);

/** Shows the latest change of the page: for each row the place of a title before and now, and why it is there. */
export function ChangeDialog() {
  const isOpen = useSyncExternalStore(isChangeOpen.subscribe, isChangeOpen.get);
  const change = useSyncExternalStore(latestChange.subscribe, latestChange.get);
  return (
    <Dialog open={isOpen} title={words.title} onClose={close}>
      {change ? <Change change={change} /> : <p>{words.noneYet}</p>}
    </Dialog>
  );
}

function Change({ change }: { readonly change: LatestChange }) {
  const { cause, difference } = change;
  const liked = useLikedItems(change.userIdx);
  const headingOf = ({ kind, params = {} }: ComparedRow) =>
    kind === undefined
      ? messages.homePage.picks
      : messages.row.heading(kind, params, params.itemIdx !== undefined && liked.has(params.itemIdx));
  const isNothing = difference.rows.length === 0 && difference.gone.length === 0;
  return (
    <div className={styles.change}>
      {cause.kind === 'release' && <p>{words.by(cause.generation)}</p>}
      {cause.kind === 'choices' && cause.titles.length > 0 && <p>{words.after(cause.titles)}</p>}
      {isNothing && <p>{words.none}</p>}
      {difference.rows.map(({ row, titles }) => (
        <table key={row.id}>
          <caption>{headingOf(row)}</caption>
          <thead>
            <tr>
              <th scope="col">{words.columns.title}</th>
              <th scope="col">{words.columns.before}</th>
              <th scope="col">{words.columns.now}</th>
              <th scope="col">{words.columns.why}</th>
            </tr>
          </thead>
          <tbody>
            {titles.map((title) => (
              <Moved key={title.card.itemIdx} moved={title} headingOf={headingOf} liked={liked} />
            ))}
          </tbody>
        </table>
      ))}
      {difference.gone.length > 0 && (
        <section>
          <h3>{words.gone}</h3>
          <p>{difference.gone.map(({ title }) => displayTitle(title)).join(' · ')}</p>
        </section>
      )}
    </div>
  );
}

interface MovedProps {
  readonly moved: MovedTitle;
  readonly headingOf: (row: ComparedRow) => string;
  readonly liked: ReadonlySet<number>;
}

function Moved({ moved: { card, before, now }, headingOf, liked }: MovedProps) {
  const { why } = card;
  const from =
    before === undefined
      ? words.isNew
      : before.row.id === now.row.id
        ? words.place(before.position + 1)
        : words.placeIn(before.position + 1, headingOf(before.row));
  return (
    <tr data-new={before === undefined || undefined}>
      <th scope="row">
        <Link href={titlePath(card.itemIdx)} onClick={close}>
          {displayTitle(card.title)}
        </Link>
      </th>
      <td>{from}</td>
      <td>{words.place(now.position + 1)}</td>
      <td>{why && messages.why(why, why.params.itemIdx !== undefined && liked.has(why.params.itemIdx))}</td>
    </tr>
  );
}
