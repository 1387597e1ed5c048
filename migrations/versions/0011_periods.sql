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
