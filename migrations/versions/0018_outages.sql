-- Part 1: until when a document has to be transmitted, and whether anybody is there to receive it.

alter table issued_documents add column transmit_by date, add column predefined boolean not null default false;
comment on column issued_documents.transmit_by is 'The last day, in the UAE, on which it may be handed over; null while it states no date. Fixed by sealing, like the dates it follows from.';
comment on column issued_documents.predefined is 'Addressed to an endpoint that stands for no receiver: reported to the tax authority only. Says nothing about a person, so erasure leaves it.';
-- The owner is bound by the tenant policies as well, and sealed rows are fixed: both stand aside for this one statement.
alter table issued_documents no force row level security, disable trigger sealed_documents_are_fixed;
update issued_documents
    set transmit_by = least(issue_date, (convert_from(body, 'UTF8')::json ->> 'tax_point_date')::date) + 14,
        predefined = coalesce(buyer_endpoint in ('9900000097', '9900000098', '9900000099'), false);
alter table issued_documents force row level security, enable always trigger sealed_documents_are_fixed;
create index on issued_documents (company_id, transmit_by) where sent_at is null and state <> 'REJECTED';

-- Which warnings were given; the key keeps a second one out.
create table deadline_notices (
    company_id uuid not null,
    document_id uuid not null,
    kind text not null check (kind in ('due_soon', 'overdue')),
    at timestamptz not null,
    primary key (company_id, document_id, kind)
);
select enforce_tenancy('deadline_notices');
grant select, insert on deadline_notices to involinks_app;

-- Part 2: times in which a company couldn't send, and whether the authority was told.

create table outages (
    company_id uuid not null,
    id uuid not null,
    cause text not null check (cause in ('provider', 'sending', 'reported')),
    -- The account whose line is down; null is the installation's provider. No foreign key: an account may go.
    account_id uuid,
    line text not null,
    since timestamptz not null,
    opened_at timestamptz not null,
    opened_by text not null,
    detail text not null,
    due_on date not null,
    warned_at timestamptz,
    over_at timestamptz,
    over_by text,
    notified_at timestamptz,
    notified_by text,
    reference text check (reference <> ''),
    notified_seq bigint,
    dismissed_at timestamptz,
    dismissed_by text,
    dismissal text check (dismissal <> ''),
    primary key (company_id, id),
    foreign key (company_id, notified_seq) references ledger_entries (company_id, seq),
    check (num_nulls(notified_at, notified_by, reference, notified_seq) in (0, 4)),
    check (num_nulls(dismissed_at, dismissed_by, dismissal) in (0, 3)),
    check (notified_at is null or dismissed_at is null),
    check (over_at >= since),
    check ((over_at is null) = (over_by is null))
);
comment on table outages is 'What failed and since when; the record for the authority is drafted from it.';
-- One and the same failure is one outage, however many workers notice it.
create unique index outages_running on outages (company_id, cause, account_id) nulls not distinct
    where over_at is null and cause <> 'reported';
create index on outages (company_id, due_on) where notified_at is null and dismissed_at is null;
select enforce_tenancy('outages');
grant select, insert on outages to involinks_app;
grant update (warned_at, over_at, over_by, notified_at, notified_by, reference, notified_seq, dismissed_at, dismissed_by, dismissal)
    on outages to involinks_app;
create trigger refuse before delete or truncate on outages for each statement execute function ledger_refuse();
create function refuse_second_word_on_outage() returns trigger language plpgsql set search_path = pg_catalog as $$ begin
    raise exception 'what was decided about outage % stands', old.id using errcode = 'integrity_constraint_violation';
end $$;
create trigger decided_once before update on outages for each row
    when ((old.over_at is not null and new.over_at is distinct from old.over_at)
        or (old.notified_at is not null and (new.notified_at, new.reference) is distinct from (old.notified_at, old.reference))
        or (old.dismissed_at is not null and new.dismissed_at is distinct from old.dismissed_at))
    execute function refuse_second_word_on_outage();
alter table outages enable always trigger refuse, enable always trigger decided_once;
