import { Link } from 'wouter';
import { ApiError } from '../api/request.ts';
import { messages } from '../messages/current.ts';
import { routes } from '../navigation/routes.ts';
import { Notice } from '../notice/notice.tsx';

/** Says why the server does not open this viewer, and leads to those who can be chosen. */
export function ClosedNotice({ text }: { readonly text: string }) {
  return (
    <Notice text={text} isHeading>
      <Link href={routes.profiles} className="button" data-kind="primary">
        {messages.homePage.chooseViewer}
      </Link>
    </Notice>
  );
}

/** Why the server does not open a viewer; undefined for any other error. */
export function closedText(error: unknown): string | undefined {
  const words = messages.homePage;
  if (!(error instanceof ApiError)) return undefined;
  if (error.status === 401) return words.notOpen;
  if (error.code === 'PIN_REQUIRED') return words.pinNeeded;
  if (error.code === 'SESSION_REQUIRED') return words.sessionNeeded;
  return error.code === 'OTHER_PROFILE' ? messages.profiles.kidsIntro : undefined;
}
