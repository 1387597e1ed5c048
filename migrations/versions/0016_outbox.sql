-- Part 1: what is on its way, whatever it is, and each attempt to hand it over.

-- A document or a response to one; both are sent once, under the transmission's id as their key.
alter table transmissions alter column document_id drop not null;
alter table transmissions
    add column response_id uuid,
    -- The account that has it, or may have it, or was tried last; null is the installation's provider. No foreign key: an
    -- account may go, what went through it stays.
    add column account_id uuid,
    add column ordered_at timestamptz,
    -- Attempts over the whole life; `attempts` counts those of the present order.
    add column lifetime integer not null default 0,
    add constraint transmissions_response_id_key unique (company_id, response_id),
    add constraint transmissions_of_one check (num_nonnulls(document_id, response_id) = 1);
-- The owner is bound by the tenant policies as well; they stand aside for this one statement.
alter table transmissions no force row level security;
update transmissions set ordered_at = begun_at, lifetime = attempts;
alter table transmissions force row level security, alter column ordered_at set not null, alter column lifetime drop default;

create table transmission_attempts (
    company_id uuid not null,
    transmission_id uuid not null,
    number integer not null check (number > 0),
    account_id uuid,
    adapter text not null,
    begun_at timestamptz not null,
    ended_at timestamptz,
    outcome text check (outcome in ('accepted', 'temporary', 'permanent', 'precondition', 'unknown')),
    reason text,
    answer_sha256 text,
    next_at timestamptz,
    primary key (company_id, transmission_id, number),
    foreign key (company_id, transmission_id) references transmissions (company_id, id),
    check ((ended_at is null) = (outcome is null))
);
comment on table transmission_attempts is 'Written before the call, ended once after it. Without an end: under way, or the process was gone before it knew.';
select enforce_tenancy('transmission_attempts');
grant select, insert, update (ended_at, outcome, reason, answer_sha256, next_at) on transmission_attempts to involinks_app;

create function refuse_second_end() returns trigger language plpgsql set search_path = pg_catalog as $$ begin
    raise exception 'attempt % of transmission % has ended', old.number, old.transmission_id
        using errcode = 'integrity_constraint_violation';
end $$;
create trigger ended_once before update on transmission_attempts
    for each row when (old.ended_at is not null and
        (new.ended_at, new.outcome, new.answer_sha256) is distinct from (old.ended_at, old.outcome, old.answer_sha256))
    execute function refuse_second_end();
create trigger refuse before delete or truncate on transmission_attempts for each statement execute function ledger_refuse();
alter table transmission_attempts enable always trigger ended_once, enable always trigger refuse;

-- Part 2: jobs that let others go first, that are given back without having been tried, and dead ones sent for by name.

-- 0 goes first, 1 is what was ordered in bulk: it waits while anything of 0 is due, and never takes every slot.
alter table jobs add column priority smallint not null default 0 check (priority in (0, 1));
alter table dead_jobs add column priority smallint not null default 0;
drop index ix_jobs_due;
create index ix_jobs_due on jobs (kind, priority, run_at);
create index ix_dead_jobs_key on dead_jobs (company_id, kind, key) where key is not null;

drop function job_enqueue(uuid, text, json, uuid, timestamptz, text, integer);
-- As before, with a priority; of two with the same key the more urgent holds.
create function job_enqueue(p_id uuid, p_kind text, p_payload json, p_company uuid, p_run_at timestamptz, p_key text, p_max integer,
                            p_priority smallint default 0)
returns uuid language plpgsql security definer set search_path = public, pg_temp as $$
declare
    enqueued uuid;
begin
    if involinks_company() is distinct from p_company and involinks_company() is not null then
        raise exception 'a job can only be enqueued for the company of the transaction' using errcode = 'insufficient_privilege';
    end if;
    insert into jobs as j (id, kind, company_id, key, payload, run_at, max_attempts, priority)
    values (p_id, p_kind, p_company, p_key, p_payload, coalesce(p_run_at, clock_timestamp()), p_max, p_priority)
    on conflict (kind, company_id, key) where key is not null and claim is null
        do update set run_at = least(j.run_at, excluded.run_at), priority = least(j.priority, excluded.priority)
    returning j.id into enqueued;
    if p_run_at is null or p_run_at < clock_timestamp() + interval '2 seconds' then
        perform pg_notify('involinks_jobs', p_kind);  -- what is due later is found by who looks for the next due job
    end if;
    return enqueued;
end $$;

drop function job_claim(text[], integer[], integer, uuid, interval);
-- As before; of each kind what is urgent first, and at most p_bulk of what isn't, of which up to p_keep go first of all: it goes
-- on beside an endless stream of what is urgent; nothing of the companies p_crowding, which have their share of this process.
-- Rows are locked one after the other, so that none is held that isn't claimed.
create function job_claim(
    p_kinds text[], p_free integer[], p_most integer, p_bulk integer, p_keep integer, p_crowding uuid[], p_claim uuid,
    p_lease interval
)
returns table (id uuid, kind text, company_id uuid, payload text, attempts integer, enqueued_at timestamptz, priority smallint)
language plpgsql security definer set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
begin
    with spent as (
        select j.id from jobs j where j.attempts >= j.max_attempts and j.run_at <= clock_timestamp()
        order by j.run_at limit 100 for update skip locked
    ), gone as (
        delete from jobs j using spent where j.id = spent.id returning j.*
    )
    insert into dead_jobs (id, kind, company_id, key, payload, attempts, max_attempts, reason, enqueued_at, priority)
    select g.id, g.kind, g.company_id, g.key, g.payload, g.attempts, g.max_attempts,
           'the worker died or stalled during the last attempt' || coalesce('; before that: ' || g.last_error, ''), g.enqueued_at,
           g.priority
    from gone g;

    return query
    with kept as materialized (
        select picked.id, wanted.kind
        from unnest(p_kinds, p_free) as wanted(kind, free)
        cross join lateral (
            select j.id from jobs j
            where j.kind = wanted.kind and j.priority = 1 and j.run_at <= clock_timestamp() and j.attempts < j.max_attempts
                and (j.company_id is null or j.company_id <> all(p_crowding))
            order by j.run_at limit least(wanted.free, p_keep)
            for update skip locked
        ) picked
        limit greatest(least(p_keep, p_bulk, p_most), 0)
    ), urgent as materialized (
        select picked.id, wanted.kind
        from unnest(p_kinds, p_free) as wanted(kind, free)
        cross join lateral (
            select j.id from jobs j
            where j.kind = wanted.kind and j.priority = 0 and j.run_at <= clock_timestamp() and j.attempts < j.max_attempts
                and (j.company_id is null or j.company_id <> all(p_crowding))
            order by j.run_at limit wanted.free - (select count(*) from kept k where k.kind = wanted.kind)
            for update skip locked
        ) picked
        limit p_most - (select count(*) from kept)
    ), bulk as materialized (
        select picked.id
        from unnest(p_kinds, p_free) as wanted(kind, free)
        cross join lateral (
            select j.id from jobs j
            where j.kind = wanted.kind and j.priority = 1 and j.run_at <= clock_timestamp() and j.attempts < j.max_attempts
                and (j.company_id is null or j.company_id <> all(p_crowding))
                and j.id not in (select k.id from kept k)
            order by j.run_at limit wanted.free - (select count(*) from urgent u where u.kind = wanted.kind)
                - (select count(*) from kept k where k.kind = wanted.kind)
            for update skip locked
        ) picked
        limit greatest(least(p_bulk, p_most - (select count(*) from urgent)) - (select count(*) from kept), 0)
    ), due as (
        select id from kept union all select id from urgent union all select id from bulk
    )
    update jobs j
    set attempts = j.attempts + 1, claim = p_claim, run_at = clock_timestamp() + p_lease
    from due where j.id = due.id
    returning j.id, j.kind, j.company_id, j.payload::text, j.attempts, j.enqueued_at, j.priority;
end $$;

drop function job_next_due(text[]);
-- Seconds until the next job of these kinds is due; null when none waits. p_bulk: whether those in bulk count.
create function job_next_due(p_kinds text[], p_bulk boolean, p_crowding uuid[]) returns double precision
language sql stable security definer set search_path = public, pg_temp as $$
    select extract(epoch from min(head.run_at) - clock_timestamp())::double precision
    from unnest(p_kinds) as w(kind)
    cross join (values (0::smallint), (1::smallint)) as p(priority)
    cross join lateral (
        select j.run_at from jobs j where j.kind = w.kind and j.priority = p.priority
            and (j.company_id is null or j.company_id <> all(p_crowding))
        order by j.run_at limit 1
    ) head
    where p_bulk or p.priority = 0
$$;

-- Returns `waiting`, `dead` or `lost`. p_retry_in null: there is no use in trying again.
create or replace function job_fail(p_id uuid, p_claim uuid, p_reason text, p_retry_in interval) returns text
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
        insert into dead_jobs (id, kind, company_id, key, payload, attempts, max_attempts, reason, enqueued_at, priority)
        values (failed.id, failed.kind, failed.company_id, failed.key, failed.payload, failed.attempts, failed.max_attempts,
                p_reason, failed.enqueued_at, failed.priority);
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

-- As if it hadn't been claimed: the attempt isn't counted. Returns `waiting` or `lost`.
create function job_release(p_id uuid, p_claim uuid, p_retry_in interval) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    held jobs;
begin
    select * into held from jobs where id = p_id and claim = p_claim for update;
    if not found then
        return 'lost';
    end if;
    begin
        update jobs set claim = null, attempts = attempts - 1, run_at = clock_timestamp() + p_retry_in where id = p_id;
    exception when unique_violation then  -- a twin with the same key waits already
        delete from jobs where id = p_id;
    end;
    return 'waiting';
end $$;

-- The payload of what a person replays says so: an order anew, not a repetition by the queue itself.
create or replace function job_replay(p_id uuid) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    raised dead_jobs;
begin
    delete from dead_jobs d where d.id = p_id and (involinks_company() is null or d.company_id = involinks_company())
    returning * into raised;
    if not found then
        return false;
    end if;
    perform job_enqueue(raised.id, raised.kind, (raised.payload::jsonb || '{"replayed": true}')::json, raised.company_id,
        clock_timestamp(), raised.key, raised.max_attempts, raised.priority);
    return true;
end $$;

-- Replays the present company's dead letters of this kind and key; how many there were.
create function job_revive(p_kind text, p_key text) returns integer
language sql security definer set search_path = public, pg_temp as $$
    select count(*)::integer from (
        select job_replay(d.id) from dead_jobs d
        where d.company_id = involinks_company() and d.kind = p_kind and d.key = p_key
    ) revived
$$;
grant execute on function job_enqueue(uuid, text, json, uuid, timestamptz, text, integer, smallint),
    job_claim(text[], integer[], integer, integer, integer, uuid[], uuid, interval), job_next_due(text[], boolean, uuid[]),
    job_release(uuid, uuid, interval), job_revive(text, text) to involinks_app;

-- Part 3: erasure reaches what stands here. Later tables join by replacing the first two functions.

-- Objects in the storage that rows of the present company name, and the issued document each is about (null: none).
create function objects_about() returns table (document_id uuid, digest text)
language sql stable set search_path = public, pg_temp as $$
    select t.document_id, t.evidence_sha256 from transmissions t
    where t.company_id = involinks_company() and t.evidence_sha256 is not null
    union all
    select t.document_id, a.answer_sha256 from transmission_attempts a
    join transmissions t on t.company_id = a.company_id and t.id = a.transmission_id
    where a.company_id = involinks_company() and a.answer_sha256 is not null
    union all
    select t.document_id, e.evidence_sha256 from transmission_events e
    join transmissions t on t.company_id = e.company_id and t.id = e.transmission_id
    where e.company_id = involinks_company()
    union all
    select null, r.xml_sha256 from received_documents r where r.company_id = involinks_company()
    union all
    select null, r.envelope_sha256 from received_envelopes r where r.company_id = involinks_company()
$$;

-- Empties what rows beside the document's own say of one document of the present company.
create function erase_words_about(p_document uuid) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
    company constant uuid := involinks_company();
begin
    update transmissions t set reason = null, next_step = null
    where t.company_id = company and t.document_id = p_document;
    update transmission_attempts a set reason = null from transmissions t
    where t.company_id = company and t.document_id = p_document and a.company_id = company and a.transmission_id = t.id;
    update transmission_events e set reason = '' from transmissions t
    where t.company_id = company and t.document_id = p_document and e.company_id = company and e.transmission_id = t.id;
end $$;

create or replace function personal_erase(p_document uuid, p_entry_seq bigint) returns setof text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    company constant uuid := involinks_company();
    document issued_documents;
    term record;
    entry ledger_entries;
    name text;
begin
    select * into document from issued_documents d where d.company_id = company and d.id = p_document for update;
    if not found or not document.personal or document.sealed_at is null or document.erased_at is not null then
        raise exception 'document % has no content that could be erased', p_document using errcode = 'integrity_constraint_violation';
    end if;
    select s.name into name from series s where s.company_id = company and s.id = document.series_id;
    select * into entry from ledger_entries e where e.company_id = company and e.seq = p_entry_seq;
    if not found or entry.kind <> 20 or entry.number <> document.number or entry.series <> name
        or entry.seq < (select h.count from ledger_heads h where h.company_id = company) - 1 then
        raise exception 'the erasure of document % has no entry', p_document using errcode = 'integrity_constraint_violation';
    end if;
    select * into term from document_retention(p_document);
    if term.held or (to_timestamp(entry.at_us / 1000000) at time zone 'Asia/Dubai')::date <= term.kept_until then
        raise exception 'document % is kept until %, or held', p_document, term.kept_until using errcode = 'integrity_constraint_violation';
    end if;

    return query
        select mine.digest from objects_about() mine where mine.document_id = p_document
        except select other.digest from objects_about() other where other.document_id is distinct from p_document;

    update personal_keys k set nonce = '', ciphertext = '', erased_seq = p_entry_seq
    where k.company_id = company and k.document_id = p_document;
    update issued_documents d set body = '{}', findings = '[]', posted_xml = null, buyer_name = null, buyer_endpoint = null,
        rejection = null, failure = null, c3_reason = null, c5_reason = null, buyer_reason = null,
        erased_at = to_timestamp(entry.at_us / 1000000.0), version = d.version + 1
    where d.company_id = company and d.id = p_document;
    perform erase_words_about(p_document);
    update events e set facts = '{}' where e.company_id = company and e.subject_id = p_document;
    delete from seal_requests r where r.company_id = company and r.document_id = p_document;
    delete from idempotency_keys k where k.company_id = company and (
        position(convert_to(p_document::text, 'UTF8') in k.body) > 0 or position(p_document::text in k.location) > 0);
    update jobs j set last_error = null where j.company_id = company and j.payload::text like '%' || p_document || '%';
    delete from dead_jobs j where j.company_id = company and (
        j.payload::text like '%' || p_document || '%' or exists (
            select from transmissions t where t.company_id = company and t.document_id = p_document
                and j.payload::text like '%' || t.id || '%'));
end $$;

create or replace function objects_of_others(p_company uuid, p_digests text[]) returns setof text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    company uuid;
begin
    if involinks_company() is not null then
        raise exception 'only the platform asks for every company' using errcode = 'insufficient_privilege';
    end if;
    for company in select c from company_ids() c where c <> p_company loop
        perform set_config('involinks.company', company::text, true);
        return query select distinct o.digest from objects_about() o where o.digest = any(p_digests);
    end loop;
    perform set_config('involinks.company', '', true);
end $$;
