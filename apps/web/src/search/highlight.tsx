/** The text with the first occurrence of `match` marked. */
export function Highlight({ text, match }: { text: string; match: string }) {
  const at = match === '' ? -1 : text.toLowerCase().indexOf(match.toLowerCase());
  if (at < 0) return <b>{text}</b>;
  return (
    <b>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + match.length)}</mark>
      {text.slice(at + match.length)}
    </b>
  );
}
