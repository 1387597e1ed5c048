-- Requests to seal, and the lease of the one who seals a busy company's documents.

-- Whoever holds the lease of a company drains its requests. The fencing number grows with each holder; a batch names it
-- and locks this row in its own transaction, so a holder that was only slow seals nothing once another has taken over.
-- One clock rules the lease, the database's.
create table seal_leases (
    company_id uuid primary key,
    fence bigint not null check (fence > 0),
    until timestamptz not null
);

create table seal_requests (
    company_id uuid not null,
    id uuid not null,
    document_id uuid not null,                 -- the draft may be thrown away meanwhile: the request then meets a 404
    version integer,                           -- the one that is meant; null: whatever stands
    actor text not null,
    key text,                                  -- the actor's Idempotency-Key, if one came along
    request_id text not null,                  -- of the HTTP request, for the problem it may meet
    requested_at timestamptz not null,
    decided_at timestamptz,
    fence bigint,                              -- under which lease it was decided
    status smallint,                           -- 200: sealed; else what the problem is answered with
    problem bytea,                             -- the problem it met (RFC 9457), as it would have been answered
    primary key (company_id, id),
    check ((decided_at is null) = (status is null) and (decided_at is null) = (fence is null)),
    check ((coalesce(status, 200) = 200) = (problem is null))
);
create index ix_seal_requests_waiting on seal_requests (company_id, id) where decided_at is null;
create index ix_seal_requests_company_id_decided_at on seal_requests (company_id, decided_at) where decided_at is not null;

select enforce_tenancy('seal_leases');
select enforce_tenancy('seal_requests');
grant select, insert, update (fence, until) on seal_leases to involinks_app;
grant select, insert, delete, update (decided_at, fence, status, problem) on seal_requests to involinks_app;

create function refuse_second_decision() returns trigger language plpgsql set search_path = pg_catalog as $$ begin
    raise exception 'seal request % is decided, once and for ever', old.id using errcode = 'integrity_constraint_violation';
end $$;
create trigger decided_once before update on seal_requests
    for each row when (old.decided_at is not null) execute function refuse_second_decision();
alter table seal_requests enable always trigger decided_once;

-- A queued request keeps "accepted" first and its last word later, under the same key and for the same request only.
create or replace function idempotency_keep(p_principal text, p_key text, p_fingerprint bytea, p_status integer, p_media_type text, p_body bytea,
                                            p_location text, p_etag text, p_at timestamptz)
returns void language sql security definer set search_path = public, pg_temp as $$
    insert into idempotency_keys as k values
        (coalesce(involinks_company(), '00000000-0000-0000-0000-000000000000'), p_principal, p_key, p_fingerprint, p_status, p_media_type, p_body,
         p_location, p_etag, p_at)
    on conflict (company_id, principal, key) do update
        set status = excluded.status, media_type = excluded.media_type, body = excluded.body, location = excluded.location,
            etag = excluded.etag, at = excluded.at
        where k.fingerprint = excluded.fingerprint and k.status = 202
$$;

-- A request that was accepted and then refused changed nothing: its key may be used again once the cause is mended.
create function idempotency_release(p_principals text[], p_keys text[]) returns void
language sql security definer set search_path = public, pg_temp as $$
    delete from idempotency_keys k using unnest(p_principals, p_keys) as refused(principal, key)
    where k.company_id = involinks_company() and k.principal = refused.principal and k.key = refused.key and k.status = 202
$$;

grant execute on function idempotency_release(text[], text[]) to involinks_app;
