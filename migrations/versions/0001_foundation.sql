-- Roles, the current company, and the one way to fence a table in.

-- Functions are executable by PUBLIC unless told otherwise; the form "in schema" would change nothing.
alter default privileges revoke execute on functions from public;
revoke all on schema public from public;

do $$ begin
    if not exists (select from pg_roles where rolname = 'involinks_app') then
        create role involinks_app nologin nosuperuser nocreatedb nocreaterole nobypassrls;
    end if;
exception when insufficient_privilege then
    raise exception 'the role involinks_app is missing and % may not create it', current_user
        using hint = 'as a superuser: create role involinks_app';
end $$;
grant usage on schema public to involinks_app;
grant select on alembic_version to involinks_app;  -- a program refuses a database of another shape

create function involinks_company() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('involinks.company', true), '')::uuid;
comment on function involinks_company() is 'The company of the current transaction; null where none is set, which matches no row.';
grant execute on function involinks_company() to involinks_app;

create function enforce_tenancy(target regclass) returns void
    language plpgsql
    set search_path = pg_catalog, public
as $$ begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy tenancy on %s using (company_id = public.involinks_company())'
        ' with check (company_id = public.involinks_company())', target);
end $$;
comment on function enforce_tenancy(regclass) is 'Rows of a table with company_id are seen and written by that company''s transactions only, the owner''s included.';

-- >>> jobs, events, objects, idempotency, rate limits

-- Jobs stand outside the tenant policies: a worker serves every company. The application's role reaches them only through
-- the functions below. One clock rules the queue, the database's, so that workers' clocks may differ.
create table jobs (
    id uuid primary key,
    kind text not null,
    company_id uuid,
    key text,
    payload json not null,
    run_at timestamptz not null,           -- when it may be claimed next: its due time, or the end of its lease
    attempts integer not null default 0,   -- counted when claimed, so that a killed worker's attempt counts as well
    max_attempts integer not null check (max_attempts > 0),
    claim uuid,                            -- the claim that holds it; null while it waits
    last_error text,
    enqueued_at timestamptz not null default clock_timestamp()
);
create index ix_jobs_due on jobs (kind, run_at);
create index ix_jobs_spent on jobs (run_at) where attempts >= max_attempts;
create unique index uq_jobs_key on jobs (kind, company_id, key) nulls not distinct where key is not null and claim is null;

create table dead_jobs (
    id uuid primary key,
    kind text not null,
    company_id uuid,
    key text,
    payload json not null,
    attempts integer not null,
    max_attempts integer not null,
    reason text not null,
    enqueued_at timestamptz not null,
    died_at timestamptz not null default clock_timestamp()
);
create index ix_dead_jobs_company on dead_jobs (company_id, died_at);

create table job_schedule (
    kind text primary key,
    next_at timestamptz not null
);

-- In the caller's transaction. A second job of the same kind, company and key isn't made while the first still waits:
-- the earlier of the two due times holds. Returns the id of the job that will run.
create function job_enqueue(p_id uuid, p_kind text, p_payload json, p_company uuid, p_run_at timestamptz, p_key text, p_max integer)
returns uuid language plpgsql security definer set search_path = public, pg_temp as $$
declare
    enqueued uuid;
begin
    if involinks_company() is distinct from p_company and involinks_company() is not null then
        raise exception 'a job can only be enqueued for the company of the transaction' using errcode = 'insufficient_privilege';
    end if;
    insert into jobs as j (id, kind, company_id, key, payload, run_at, max_attempts)
    values (p_id, p_kind, p_company, p_key, p_payload, coalesce(p_run_at, clock_timestamp()), p_max)
    on conflict (kind, company_id, key) where key is not null and claim is null
        do update set run_at = least(j.run_at, excluded.run_at)
    returning j.id into enqueued;
    perform pg_notify('involinks_jobs', p_kind);
    return enqueued;
end $$;

-- Claims up to p_most due jobs, at most p_free[i] of kind p_kinds[i], earlier kinds first. A job whose lease ran out during its last attempt dies here.
-- The planner is held to ix_jobs_due: a plan cached while the table was small would sort the whole backlog each time.
create function job_claim(p_kinds text[], p_free integer[], p_most integer, p_claim uuid, p_lease interval)
returns table (id uuid, kind text, company_id uuid, payload text, attempts integer, enqueued_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
begin
    with spent as (
        select j.id from jobs j where j.attempts >= j.max_attempts and j.run_at <= clock_timestamp()
        order by j.run_at limit 100 for update skip locked
    ), gone as (
        delete from jobs j using spent where j.id = spent.id returning j.*
    )
    insert into dead_jobs (id, kind, company_id, key, payload, attempts, max_attempts, reason, enqueued_at)
    select g.id, g.kind, g.company_id, g.key, g.payload, g.attempts, g.max_attempts,
           'the worker died or stalled during the last attempt' || coalesce('; before that: ' || g.last_error, ''), g.enqueued_at
    from gone g;

    return query
    with due as materialized (
        select picked.id
        from unnest(p_kinds, p_free) as wanted(kind, free)
        cross join lateral (
            select j.id from jobs j
            where j.kind = wanted.kind and j.run_at <= clock_timestamp() and j.attempts < j.max_attempts
            order by j.run_at limit wanted.free
            for update skip locked
        ) picked
        limit p_most
    )
    update jobs j
    set attempts = j.attempts + 1, claim = p_claim, run_at = clock_timestamp() + p_lease
    from due where j.id = due.id
    returning j.id, j.kind, j.company_id, j.payload::text, j.attempts, j.enqueued_at;
end $$;

-- Each returns the ids that the claim still held; what is missing was lost to another worker.
create function job_finish(p_ids uuid[], p_claims uuid[]) returns setof uuid
language sql security definer set search_path = public, pg_temp as $$
    delete from jobs j using unnest(p_ids, p_claims) as held(id, claim)
    where j.id = held.id and j.claim = held.claim returning j.id
$$;

create function job_extend(p_ids uuid[], p_claims uuid[], p_lease interval) returns setof uuid
language sql security definer set search_path = public, pg_temp as $$
    update jobs j set run_at = clock_timestamp() + p_lease from unnest(p_ids, p_claims) as held(id, claim)
    where j.id = held.id and j.claim = held.claim returning j.id
$$;

-- Returns `waiting`, `dead` or `lost`. p_retry_in null: there is no use in trying again.
create function job_fail(p_id uuid, p_claim uuid, p_reason text, p_retry_in interval) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    failed jobs;
begin
    select * into failed from jobs where id = p_id and claim = p_claim for update;
    if not found then
        return 'lost';
    end if;
    if p_retry_in is null or failed.attempts >= failed.max_attempts then
        delete from jobs where id = p_id;
        insert into dead_jobs (id, kind, company_id, key, payload, attempts, max_attempts, reason, enqueued_at)
        values (failed.id, failed.kind, failed.company_id, failed.key, failed.payload, failed.attempts, failed.max_attempts,
                p_reason, failed.enqueued_at);
        return 'dead';
    end if;
    begin
        update jobs set claim = null, run_at = clock_timestamp() + p_retry_in, last_error = p_reason where id = p_id;
    exception when unique_violation then
        -- A twin with the same key waits already: it is the retry, and inherits the attempts.
        delete from jobs where id = p_id;
        update jobs set attempts = least(max_attempts - 1, greatest(attempts, failed.attempts)), last_error = p_reason
        where kind = failed.kind and company_id is not distinct from failed.company_id and key = failed.key and claim is null;
    end;
    return 'waiting';
end $$;

-- Within a company's transaction only that company's; without one, everybody's.
create function job_dead_letters(p_limit integer)
returns table (id uuid, kind text, company_id uuid, payload text, attempts integer, reason text, died_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select d.id, d.kind, d.company_id, d.payload::text, d.attempts, d.reason, d.died_at from dead_jobs d
    where involinks_company() is null or d.company_id = involinks_company()
    order by d.died_at desc limit p_limit
$$;

create function job_replay(p_id uuid) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    raised dead_jobs;
begin
    delete from dead_jobs d where d.id = p_id and (involinks_company() is null or d.company_id = involinks_company())
    returning * into raised;
    if not found then
        return false;
    end if;
    perform job_enqueue(raised.id, raised.kind, raised.payload, raised.company_id, clock_timestamp(), raised.key, raised.max_attempts);
    return true;
end $$;

-- Enqueues those kinds whose next time has come; of several workers that ask, one gets each. Returns them.
create function job_schedule_due(p_kinds text[], p_every interval[]) returns setof text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    due text;
begin
    for due in
        insert into job_schedule as s (kind, next_at)
        select w.kind, clock_timestamp() + w.every from unnest(p_kinds, p_every) as w(kind, every)
        where not exists (select from job_schedule t where t.kind = w.kind and t.next_at > clock_timestamp())
        order by w.kind
        on conflict (kind) do update set next_at = excluded.next_at where s.next_at <= clock_timestamp()
        returning s.kind
    loop
        perform job_enqueue(gen_random_uuid(), due, '{}', null, null, 'schedule', 3);
        return next due;
    end loop;
end $$;

-- Seconds until the next job of these kinds is due; null when none waits.
create function job_next_due(p_kinds text[]) returns double precision
language sql stable security definer set search_path = public, pg_temp as $$
    select extract(epoch from min(head.run_at) - clock_timestamp())::double precision
    from unnest(p_kinds) as w(kind)
    cross join lateral (select j.run_at from jobs j where j.kind = w.kind order by j.run_at limit 1) head
$$;

create function job_census() returns table (kind text, waiting bigint, running bigint, dead bigint, oldest double precision)
language sql stable security definer set search_path = public, pg_temp as $$
    select kind, sum(waiting)::bigint, sum(running)::bigint, sum(dead)::bigint, max(oldest)
    from (
        select j.kind, count(*) filter (where claim is null) as waiting, count(*) filter (where claim is not null) as running, 0 as dead,
               coalesce(extract(epoch from clock_timestamp() - min(run_at) filter (where claim is null and run_at <= clock_timestamp())), 0)
                   ::double precision as oldest
        from jobs j group by j.kind
        union all
        select d.kind, 0, 0, count(*), 0 from dead_jobs d group by d.kind
    ) census group by kind order by kind
$$;

-- What happened to a document, a key, a person: the timeline that people read. The proof is the ledger.
create table events (
    company_id uuid not null,
    id uuid not null,
    subject_id uuid not null,
    kind text not null check (kind ~ '^[a-z_]+(\.[a-z_]+)+$'),
    at timestamptz not null,
    actor text not null,
    facts jsonb not null,
    primary key (company_id, id)
);
create index ix_events_company_id_subject_id_id on events (company_id, subject_id, id);
select enforce_tenancy('events');
grant select, insert on events to involinks_app;

-- The first answer to each Idempotency-Key, kept in the transaction that did the work.
create table idempotency_keys (
    company_id uuid not null,
    principal text not null,
    key text not null,
    fingerprint bytea not null,
    status smallint not null,
    media_type text not null,
    body bytea not null,
    location text,
    etag text,
    at timestamptz not null,
    primary key (company_id, principal, key)
);
create index ix_idempotency_keys_at on idempotency_keys (at);

-- Takes the key for the rest of the transaction and returns the answer kept under it, if there is one.
-- A row with `busy` true: another transaction works on this very key at this moment.
create function idempotency_begin(p_principal text, p_key text)
returns table (busy boolean, fingerprint bytea, status smallint, media_type text, body bytea, location text, etag text)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    company uuid := coalesce(involinks_company(), '00000000-0000-0000-0000-000000000000');
begin
    if not pg_try_advisory_xact_lock(hashtextextended(company::text || ' ' || p_principal || ' ' || p_key, 710)) then
        return query select true, null::bytea, null::smallint, null::text, null::bytea, null::text, null::text;
        return;
    end if;
    return query
    select false, k.fingerprint, k.status, k.media_type, k.body, k.location, k.etag from idempotency_keys k
    where k.company_id = company and k.principal = p_principal and k.key = p_key;
end $$;

create function idempotency_keep(p_principal text, p_key text, p_fingerprint bytea, p_status integer, p_media_type text, p_body bytea,
                                 p_location text, p_etag text, p_at timestamptz)
returns void language sql security definer set search_path = public, pg_temp as $$
    insert into idempotency_keys values
        (coalesce(involinks_company(), '00000000-0000-0000-0000-000000000000'), p_principal, p_key, p_fingerprint, p_status, p_media_type, p_body,
         p_location, p_etag, p_at)
$$;

create function idempotency_forget(p_before timestamptz) returns bigint
language sql security definer set search_path = public, pg_temp as $$
    with gone as (delete from idempotency_keys where at < p_before returning 1) select count(*) from gone
$$;

-- Token buckets shared by every process. Unlogged: after a crash of the server the buckets are full again, which is harmless.
create unlogged table rate_buckets (
    bucket text primary key,
    tokens double precision not null,
    granted double precision not null,
    at timestamptz not null
) with (fillfactor = 50);
create index ix_rate_buckets_at on rate_buckets (at);

-- Refills each bucket by its rate (tokens a second, up to its burst) and takes up to the wanted number of whole tokens.
-- In the order of the names, so that two calls can't wait for each other in a circle.
create function rate_take(p_buckets text[], p_wanted double precision[], p_rates double precision[], p_bursts double precision[])
returns table (bucket text, granted double precision, tokens double precision)
language sql security definer set search_path = public, pg_temp as $$
    insert into rate_buckets as b (bucket, tokens, granted, at)
    select w.bucket, w.burst - least(w.wanted, w.burst), least(w.wanted, w.burst), clock_timestamp()
    from unnest(p_buckets, p_wanted, p_rates, p_bursts) as w(bucket, wanted, rate, burst) order by w.bucket
    on conflict (bucket) do update set (tokens, granted, at) = (
        select full_now - least(w.wanted, floor(full_now)), least(w.wanted, floor(full_now)), clock_timestamp()
        from unnest(p_buckets, p_wanted, p_rates, p_bursts) as w(bucket, wanted, rate, burst),
             least(w.burst, b.tokens + w.rate * greatest(extract(epoch from clock_timestamp() - b.at)::double precision, 0)) as full_now
        where w.bucket = b.bucket
    )
    returning b.bucket, b.granted, b.tokens
$$;

create function rate_forget(p_idle interval) returns bigint
language sql security definer set search_path = public, pg_temp as $$
    with gone as (delete from rate_buckets where at < clock_timestamp() - p_idle returning 1) select count(*) from gone
$$;

grant execute on function job_enqueue, job_claim, job_finish, job_extend, job_fail, job_dead_letters, job_replay, job_schedule_due,
    job_next_due, job_census, idempotency_begin, idempotency_keep, idempotency_forget, rate_take, rate_forget to involinks_app;
-- <<< jobs, events, objects, idempotency, rate limits
