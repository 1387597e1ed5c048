-- Alarms of the whole installation: numbers only, so they stand outside the tenant policies.

create table alarms (
    kind text primary key check (kind ~ '^[a-z_]+$'),
    times bigint not null check (times > 0),
    last_at timestamptz not null
);
create function alarm_raise(p_kind text, p_times bigint, p_at timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into alarms as a values (p_kind, p_times, p_at)
    on conflict (kind) do update set times = a.times + excluded.times, last_at = greatest(a.last_at, excluded.last_at)
$$;
create function alarm_census() returns setof alarms
language sql stable security definer set search_path = public, pg_temp as $$ select * from alarms order by kind $$;
grant execute on function alarm_raise, alarm_census to involinks_app;

-- Nightly samples of sealed documents that were made again.

create table ledger_replays (
    company_id uuid not null,
    id uuid not null,
    at timestamptz not null,
    seed bigint not null,
    head_count bigint not null,
    replayed integer not null check (replayed > 0),
    drifted integer not null check (drifted between 0 and replayed),
    report bytea not null,
    entry_seq bigint not null,
    primary key (company_id, id)
);
comment on table ledger_replays is 'What each nightly replay found; the same report is an entry of the ledger.';
select enforce_tenancy('ledger_replays');
grant select, insert on ledger_replays to involinks_app;

-- Which periods are closed in the ledger. The entry is the evidence; the row keeps a second close of one period out.

create table ledger_closes (
    company_id uuid not null,
    span text not null check (span in ('day', 'month', 'year')),
    period text not null,
    seq bigint not null,
    primary key (company_id, span, period),
    foreign key (company_id, seq) references ledger_entries (company_id, seq)
);

-- Where the closing job goes on: sums over the entries it has seen. Worth nothing as evidence, and made anew when lost.
create table ledger_books (
    company_id uuid primary key,
    state bytea not null
);

-- VAT periods. A closed one takes no further document, but those that were let in one by one.

create table tax_calendars (
    company_id uuid primary key,
    months smallint not null check (months in (1, 3)),
    first_month smallint not null check (first_month between 1 and 3),
    filing_day smallint not null check (filing_day between 1 and 28),
    close_when_filed boolean not null,
    year_ends_in smallint not null check (year_ends_in between 1 and 12),
    changed_at timestamptz not null,
    changed_by text not null
);
comment on column tax_calendars.first_month is 'The month of the year with which the first quarter begins; 1 where periods are months.';
comment on column tax_calendars.filing_day is 'Day of the month after a period by which its return is due.';

create table tax_periods (
    company_id uuid not null,
    first_day date not null,
    last_day date not null,
    closed_at timestamptz not null,
    closed_by text not null,
    entry_seq bigint not null,
    primary key (company_id, first_day),
    foreign key (company_id, entry_seq) references ledger_entries (company_id, seq),
    check (last_day > first_day)
);
comment on table tax_periods is 'The closed ones; whatever is not here is open.';

create table tax_period_admissions (
    company_id uuid not null,
    document_id uuid not null,
    first_day date not null,
    reason text not null check (reason <> ''),
    admitted_at timestamptz not null,
    admitted_by text not null,
    entry_seq bigint not null,
    primary key (company_id, document_id, first_day),
    foreign key (company_id, first_day) references tax_periods (company_id, first_day),
    foreign key (company_id, entry_seq) references ledger_entries (company_id, seq)
);

select enforce_tenancy('ledger_closes');
select enforce_tenancy('ledger_books');
select enforce_tenancy('tax_calendars');
select enforce_tenancy('tax_periods');
select enforce_tenancy('tax_period_admissions');
grant select, insert on ledger_closes, tax_periods, tax_period_admissions to involinks_app;
grant select, insert, update on ledger_books, tax_calendars to involinks_app;
create trigger refuse before update or delete or truncate on ledger_closes for each statement execute function ledger_refuse();
create trigger refuse before update or delete or truncate on tax_periods for each statement execute function ledger_refuse();
create trigger refuse before update or delete or truncate on tax_period_admissions
    for each statement execute function ledger_refuse();
alter table ledger_closes enable always trigger refuse;
alter table tax_periods enable always trigger refuse;
alter table tax_period_admissions enable always trigger refuse;

-- The last word, when a sealing commits and holds the ledger's head: nothing can be closed between its check and here.
-- Whoever meets it was a moment too late; tried again, the document is told of the closed period in the usual way.
create function refuse_closed_tax_period() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
    days date[];
    shut tax_periods;
begin
    if not exists (select from tax_periods p where p.company_id = new.company_id) then
        return null;
    end if;
    days := array[new.issue_date, (convert_from(new.body, 'UTF8')::json ->> 'tax_point_date')::date];
    select p.* into shut from tax_periods p
    where p.company_id = new.company_id
        and exists (select from unnest(days) as d(day) where d.day between p.first_day and p.last_day)
        and not exists (select from tax_period_admissions a
            where a.company_id = new.company_id and a.first_day = p.first_day and a.document_id = new.id)
    limit 1;
    if found then
        raise exception 'the VAT period % to % was closed while document % was being sealed', shut.first_day, shut.last_day, new.id
            using errcode = 'serialization_failure';
    end if;
    return null;
end $$;
create constraint trigger closed_tax_periods_take_nothing after update on issued_documents
    deferrable initially deferred for each row when (old.sealed_at is null and new.sealed_at is not null)
    execute function refuse_closed_tax_period();
alter table issued_documents enable always trigger closed_tax_periods_take_nothing;

-- One more class of action that asks for a fresh code.
alter table step_ups drop constraint step_ups_action_check,
    add constraint step_ups_action_check check (action in ('approve', 'send', 'keys', 'roles', 'records'));
