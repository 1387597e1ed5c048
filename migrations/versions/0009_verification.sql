-- Verifications that are deeper, begin at a known checkpoint, can be taken up again, and sign what they found.

alter table ledger_verifications
    drop constraint ledger_verifications_level_check,
    add check (level between 0 and 4),
    add column deep boolean not null default false,
    add column since_size bigint check (since_size > 0),
    add column since_root bytea check (octet_length(since_root) = 32),
    add column saved bytea,
    add column note bytea,
    add check ((since_size is null) = (since_root is null));
comment on column ledger_verifications.since_size is 'Begin behind so many entries, known by their root.';
comment on column ledger_verifications.saved is 'What a worker needs to go on after a break, with a signature in front: else it begins anew.';
comment on column ledger_verifications.note is 'The ledger keys'' signatures over the report.';
grant update (saved, note) on ledger_verifications to involinks_app;

-- The few entries about keys: a verification that begins in the middle needs all those before.
create index ledger_entries_keys on ledger_entries (company_id, seq) where kind in (11, 12);
