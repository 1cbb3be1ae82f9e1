import type { Profile } from '@matinee/contract';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiError } from '../api/request.ts';
import { messages } from '../messages/current.ts';
import styles from './profile-dialog.module.css';

const words = messages.profiles;

interface PinDialogProps {
  /** The profile whose PIN is needed; undefined closes the dialog. */
  readonly profile: Profile | undefined;
  readonly onClose: () => void;
  readonly onPin: (profile: Profile, pin: string) => Promise<void>;
}

/** Asks for a PIN until it is right or the viewer cancels. Closing the dialog clears the input. */
export function PinDialog({ profile, onClose, onPin }: PinDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = profile !== undefined;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="pin-title" onClose={onClose}>
      {profile && <PinForm key={profile.profileId} profile={profile} onClose={onClose} onPin={onPin} />}
    </dialog>
  );
}

function PinForm({ profile, onClose, onPin }: PinDialogProps & { profile: Profile }) {
  const [pin, setPin] = useState('');
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    onPin(profile, pin).catch((cause: unknown) => {
      setPin('');
      setError(pinErrorOf(cause));
      setBusy(false);
      input.current?.focus();
    });
  };
  return (
    <form onSubmit={submit}>
      <h2 id="pin-title">{words.pinTitle(profile.name)}</h2>
      <label>
        <span>{words.pin}</span>
        <input
          ref={input}
          type="password"
          inputMode="numeric"
          autoComplete="off"
          pattern="[0-9]{4,8}"
          minLength={4}
          maxLength={8}
          required
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type here
          autoFocus
          value={pin}
          aria-invalid={error !== undefined}
          aria-describedby="pin-error"
          onChange={(event) => setPin(event.target.value)}
        />
      </label>
      <p id="pin-error" role="alert">
        {error}
      </p>
      <div>
        <button type="button" className="button" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="submit" className="button" data-kind="primary" disabled={isBusy}>
          {words.enter}
        </button>
      </div>
    </form>
  );
}

function pinErrorOf(cause: unknown): string {
  if (cause instanceof ApiError && cause.code === 'PIN_LOCKED') return words.pinLocked;
  if (cause instanceof ApiError && cause.code === 'WRONG_PIN') return words.wrongPin;
  return words.profileFailed;
}
