-- Keys of the ledger beside those of documents, and imported certificates.

-- Until when a company's document key is certified: one row per company whose key in force was imported with its
-- certificates. These themselves stand in the ledger, in the entry that added the key. Outside the tenant policies,
-- because the housekeeping and /metrics look at all companies at once; the application reaches it by the functions below.
create table certificate_watch (
    company_id uuid primary key,
    key_id bytea not null check (octet_length(key_id) = 8),
    not_after timestamptz not null,
    told_days smallint  -- the last warning given: so many days before, 0: it has expired; null: none yet
);
comment on table certificate_watch is 'Until when the present document key''s certificates are valid, where it has any.';

create function certificate_watch_begin(p_key_id bytea, p_not_after timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into certificate_watch as w values (involinks_company(), p_key_id, p_not_after, null)
    on conflict (company_id) do update set key_id = excluded.key_id, not_after = excluded.not_after, told_days = null
$$;
create function certificate_watch_end() returns void
language sql security definer set search_path = public, pg_temp as $$
    delete from certificate_watch where company_id = involinks_company()
$$;
-- Those within `p_within` of their end, or behind it, of companies that still sign.
create function certificate_watch_due(p_now timestamptz, p_within interval)
returns table (company_id uuid, key_id bytea, not_after timestamptz, told_days smallint)
language sql stable security definer set search_path = public, pg_temp as $$
    select w.company_id, w.key_id, w.not_after, w.told_days
    from certificate_watch w join companies c on c.id = w.company_id and c.state in ('ACTIVE', 'SUSPENDED')
    where w.not_after <= p_now + p_within order by w.company_id
$$;
-- Compare and set, so that of two workers one gives the warning.
create function certificate_watch_told(p_key_id bytea, p_before smallint, p_days smallint) returns boolean
language sql security definer set search_path = public, pg_temp as $$
    with changed as (
        update certificate_watch set told_days = p_days
        where company_id = involinks_company() and key_id = p_key_id and told_days is not distinct from p_before
        returning 1)
    select exists (select from changed)
$$;
create function certificate_watch_census(p_now timestamptz, p_within interval[])
returns table (place integer, certificates bigint)
language sql stable security definer set search_path = public, pg_temp as $$
    select (select count(*)::integer from unnest(p_within) u where w.not_after > p_now + u) + 1, count(*)
    from certificate_watch w group by 1
$$;
grant execute on function certificate_watch_begin, certificate_watch_end, certificate_watch_due, certificate_watch_told,
    certificate_watch_census to involinks_app;

-- Second factors sealed under another than the present key-encryption key, and sealing them anew.
create function access_sealed_otherwise(kek text) returns table (user_id uuid, sealed bytea, pending bytea)
language sql stable security definer set search_path = public, pg_temp as $$
    select id, totp_sealed, totp_pending from users
    where substr(totp_sealed, 1, length(kek) + 1) <> convert_to(kek, 'UTF8') || '\x00'::bytea
        or substr(totp_pending, 1, length(kek) + 1) <> convert_to(kek, 'UTF8') || '\x00'::bytea
    order by id
$$;
create function access_reseal(of_user uuid, sealed_before bytea, sealed_after bytea,
    pending_before bytea, pending_after bytea) returns boolean
language sql security definer set search_path = public, pg_temp as $$
    with changed as (
        update users set totp_sealed = sealed_after, totp_pending = pending_after
        where id = of_user and totp_sealed is not distinct from sealed_before
            and totp_pending is not distinct from pending_before
        returning 1)
    select exists (select from changed)
$$;
grant execute on function access_sealed_otherwise, access_reseal to involinks_app;
