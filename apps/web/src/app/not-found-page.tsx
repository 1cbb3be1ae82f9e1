import { Link } from 'wouter';
import { messages } from '../messages/current.ts';
import { Notice } from './notice.tsx';
import { routes } from './routes.ts';
import { useDocumentTitle } from './use-document-title.ts';

export function NotFoundPage() {
  const words = messages.notFound;
  useDocumentTitle(words.title);
  return (
    <div className="page">
      <h1 tabIndex={-1}>{words.title}</h1>
      <Notice text={words.text}>
        <Link href={routes.home} className="button" data-kind="primary">
          {words.action}
        </Link>
      </Notice>
    </div>
  );
}
