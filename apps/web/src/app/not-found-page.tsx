import { Link } from 'wouter';
import { messages } from '../messages/current.ts';
import { routes } from '../navigation/routes.ts';
import { useDocumentTitle } from '../navigation/use-document-title.ts';
import { Notice } from '../notice/notice.tsx';

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
