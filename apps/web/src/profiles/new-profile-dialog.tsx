import { type FormEvent, useEffect, useRef, useState } from 'react';
import { createProfile } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import { messages } from '../messages/current.ts';
import styles from './profile-dialog.module.css';

const words = messages.profiles;

interface NewProfileDialogProps {
  readonly open: boolean;
  /** Creates the household if there is none yet. */
  readonly ensureHousehold: () => Promise<string>;
  readonly onClose: () => void;
  readonly onCreated: () => void;
}

export function NewProfileDialog({ open, ...rest }: NewProfileDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="new-profile-title" onClose={rest.onClose}>
      {open && <NewProfileForm {...rest} />}
    </dialog>
  );
}

function NewProfileForm({ ensureHousehold, onClose, onCreated }: Omit<NewProfileDialogProps, 'open'>) {
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const create = async (fields: FormData) => {
    const pin = String(fields.get('pin'));
    await createProfile(await ensureHousehold(), {
      name: String(fields.get('name')),
      isKids: fields.get('kids') !== null,
      ...(pin === '' ? {} : { pin }),
    });
    onCreated();
    onClose();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    create(new FormData(event.currentTarget)).catch((cause: unknown) => {
      const isForbidden = cause instanceof ApiError && cause.code === 'PIN_REQUIRED';
      setError(isForbidden ? words.needsAdult : words.profileFailed);
      setBusy(false);
    });
  };
  return (
    <form onSubmit={submit}>
      <h2 id="new-profile-title">{words.newProfile}</h2>
      <label>
        <span>{words.name}</span>
        <input name="name" maxLength={40} required autoComplete="off" />
      </label>
      <label>
        <span>{words.newPin}</span>
        <input
          name="pin"
          type="password"
          inputMode="numeric"
          autoComplete="new-password"
          pattern="[0-9]{4,8}"
          minLength={4}
          maxLength={8}
        />
      </label>
      <label className={styles.check}>
        <input name="kids" type="checkbox" />
        <span>{words.isKids}</span>
      </label>
      <p role="alert">{error}</p>
      <div>
        <button type="button" className="button" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="submit" className="button" data-kind="primary" disabled={isBusy}>
          {words.create}
        </button>
      </div>
    </form>
  );
}
