-- What providers hold for us, fetched and acknowledged; and what came and nobody can read.

alter table received_envelopes add column rebuilt boolean not null default false;
alter table received_envelopes alter column rebuilt drop default;
comment on column received_envelopes.rebuilt is 'The provider handed over the document alone; the envelope was written here.';

create table unreadable_arrivals (
    company_id uuid not null,
    id uuid not null,
    -- Null is the installation's provider. No foreign key: an account may go, what it brought stays.
    account_id uuid,
    provider text not null,
    reference text not null,
    sha256 text not null,
    size bigint not null check (size >= 0),
    reason text not null,
    sender text,
    document_type text,
    arrived_at timestamptz not null,
    primary key (company_id, id)
);
-- The same bytes of one provider are kept once, however often they come.
create unique index on unreadable_arrivals
    (company_id, coalesce(account_id, '00000000-0000-0000-0000-000000000000'), sha256);
select enforce_tenancy('unreadable_arrivals');
grant select, insert on unreadable_arrivals to involinks_app;

-- The same of what names no company and came through the installation's provider, while several companies use it.
create table unclaimed_arrivals (
    id uuid primary key,
    provider text not null,
    reference text not null,
    sha256 text not null unique,
    size bigint not null check (size >= 0),
    reason text not null,
    sender text,
    document_type text,
    arrived_at timestamptz not null
);

create function arrival_unclaimed(
    id uuid, provider text, reference text, sha256 text, size bigint, reason text, sender text, document_type text,
    arrived_at timestamptz, out kept uuid, out fresh boolean
) language plpgsql security definer set search_path = pg_catalog, public
as $$ begin
    insert into public.unclaimed_arrivals
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing;
    select u.id, u.id = $1 into kept, fresh from public.unclaimed_arrivals u where u.sha256 = $4;
end $$;

create function arrival_unclaimed_page(before uuid, most integer) returns setof unclaimed_arrivals
    language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select * from unclaimed_arrivals u where before is null or u.id < before order by u.id desc limit most;
end;
create function arrival_unclaimed_one(wanted uuid) returns setof unclaimed_arrivals
    language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select * from unclaimed_arrivals u where u.id = wanted;
end;

-- The company of an installation that has one only.
create function arrival_sole_company() returns uuid
    language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select case when count(*) = 1 then (array_agg(id))[1] end
    from (select id from companies where state in ('ACTIVE', 'SUSPENDED') limit 2) as first_two;
end;

-- What a provider's queue holds for us, from the moment we begin to work on it until it is acknowledged there. The line
-- is an account's id, or the nil UUID for the installation's provider; a row holds the provider's own id and nothing of
-- the content, so it stands outside the tenant policies.
create table arrivals (
    line uuid not null,
    reference text not null,
    -- Begun and neither kept nor broken off for a cause outside: what kills its worker every time is set aside.
    attempts integer not null check (attempts >= 0),
    kept_at timestamptz,
    -- How often the provider wouldn't take our acknowledgement.
    refusals integer not null default 0,
    primary key (line, reference)
);
create index on arrivals (line, kept_at) where kept_at is not null;

-- Every account there is to fetch from, those that are switched off for new documents included.
create function arrival_accounts() returns table (company_id uuid, account_id uuid)
    language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select l.company_id, l.id from provider_lines l join companies c on c.id = l.company_id
    where c.state in ('ACTIVE', 'SUSPENDED');
end;

create function arrival_begin(p_line uuid, p_reference text, out attempts integer, out kept boolean)
    language sql security definer set search_path = pg_catalog, public
begin atomic
    insert into arrivals as a (line, reference, attempts) values (p_line, p_reference, 1)
    on conflict (line, reference) do update set attempts = a.attempts + 1
    returning a.attempts, a.kept_at is not null;
end;
create function arrival_break_off(p_line uuid, p_reference text) returns void
    language sql security definer set search_path = pg_catalog, public
begin atomic
    update arrivals set attempts = greatest(attempts - 1, 0) where line = p_line and reference = p_reference;
end;
create function arrival_kept(p_line uuid, p_reference text, p_at timestamptz) returns void
    language sql security definer set search_path = pg_catalog, public
begin atomic
    update arrivals set kept_at = p_at where line = p_line and reference = p_reference and kept_at is null;
end;
create function arrival_owed(p_line uuid, p_most integer) returns setof text
    language sql stable security definer set search_path = pg_catalog, public
begin atomic
    select reference from arrivals where line = p_line and kept_at is not null order by refusals, kept_at limit p_most;
end;
create function arrival_acknowledged(p_line uuid, p_reference text) returns void
    language sql security definer set search_path = pg_catalog, public
begin atomic
    delete from arrivals where line = p_line and reference = p_reference;
end;
-- After so many refusals it is forgotten: what the provider hands over again is known by its instance id all the same.
create function arrival_refused(p_line uuid, p_reference text, p_most integer) returns void
    language sql security definer set search_path = pg_catalog, public
begin atomic
    update arrivals set refusals = refusals + 1 where line = p_line and reference = p_reference;
    delete from arrivals where line = p_line and reference = p_reference and refusals >= p_most;
end;

grant execute on function
    arrival_unclaimed(uuid, text, text, text, bigint, text, text, text, timestamptz), arrival_unclaimed_page(uuid, integer),
    arrival_unclaimed_one(uuid), arrival_sole_company(), arrival_accounts(), arrival_begin(uuid, text), arrival_break_off(uuid, text),
    arrival_kept(uuid, text, timestamptz), arrival_owed(uuid, integer), arrival_acknowledged(uuid, text),
    arrival_refused(uuid, text, integer)
to involinks_app;
