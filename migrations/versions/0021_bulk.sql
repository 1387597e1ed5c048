-- What isn't urgent goes on beside an endless stream of what is.

drop function job_claim(text[], integer[], integer, integer, uuid, interval);
-- As before; but up to p_keep of what isn't urgent go first of all.
create function job_claim(
    p_kinds text[], p_free integer[], p_most integer, p_bulk integer, p_keep integer, p_claim uuid, p_lease interval
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
grant execute on function job_claim(text[], integer[], integer, integer, integer, uuid, interval) to involinks_app;
