-- Audit bundles that were asked for, their progress, and where the file lies while it is kept.

create table ledger_bundles (
    company_id uuid not null,
    id uuid not null,
    first bigint not null check (first >= 0),
    last bigint not null check (last >= first),
    requested_by text not null,
    requested_at timestamptz not null,
    state text not null default 'queued' check (state in ('queued', 'running', 'written', 'done', 'failed', 'expired')),
    written bigint not null default 0,
    bytes bigint,
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    size bigint,
    root text check (root ~ '^[0-9a-f]{64}$'),
    documents bigint,
    erased bigint,
    entry_seq bigint,
    expires_at timestamptz,
    failure text,
    primary key (company_id, id),
    check (state not in ('written', 'done', 'expired') or num_nulls(bytes, sha256, size, root, documents, erased) = 0),
    check ((state in ('done', 'expired')) = (expires_at is not null)),
    check ((state = 'failed') = (failure is not null))
);
comment on table ledger_bundles is 'The file itself lies in the storage under its digest, for a day; the row says for ever that it was made.';
comment on column ledger_bundles.size is 'Entries that the newest checkpoint in the bundle counts; root is theirs.';

select enforce_tenancy('ledger_bundles');
grant select, insert,
    update (state, written, bytes, sha256, size, root, documents, erased, entry_seq, expires_at, failure)
    on ledger_bundles to involinks_app;
