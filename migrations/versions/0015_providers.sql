-- Accounts that companies have at providers, which documents take which, and how each stands to us.

create table provider_accounts (
    company_id uuid not null,
    id uuid not null,
    adapter text not null,
    label text not null check (label <> ''),
    base_url text not null,
    options jsonb not null check (jsonb_typeof(options) = 'object'),
    credentials text[] not null,
    webhook_secrets smallint not null check (webhook_secrets between 0 and 2),
    sealed bytea,
    enabled boolean not null,
    position integer not null check (position between 1 and 1000),
    version integer not null check (version > 0),
    created_at timestamptz not null,
    changed_at timestamptz not null,
    removed_at timestamptz,
    primary key (company_id, id),
    check ((sealed is null) = (removed_at is not null)),
    check (removed_at is null or not enabled)
);
comment on table provider_accounts is 'One that was removed keeps its row, without its secrets: what went through it names it.';
comment on column provider_accounts.credentials is 'Names only; what they say is sealed.';
comment on column provider_accounts.sealed is 'Credentials and webhook secrets under the key-encryption key (certs.sealing).';
comment on column provider_accounts.version is 'Grows with every change that an open adapter has to learn of.';
create unique index uq_provider_accounts_label on provider_accounts (company_id, label) where removed_at is null;
select enforce_tenancy('provider_accounts');
grant select, insert on provider_accounts to involinks_app;
grant update (adapter, label, base_url, options, credentials, webhook_secrets, sealed, enabled, position, version, changed_at,
              removed_at) on provider_accounts to involinks_app;

create table provider_routes (
    company_id uuid primary key,
    rules json not null,
    changed_at timestamptz not null
);
comment on table provider_routes is 'A company''s rules in their order (gateway.providers.routes).';
select enforce_tenancy('provider_routes');
grant select, insert, update (rules, changed_at) on provider_routes to involinks_app;

-- What the last looks at an account came to. A single look that found nobody is a doubt; the second one is the outage,
-- which then began with the first.
create table provider_health (
    company_id uuid not null,
    account_id uuid not null,
    condition text not null check (condition in ('well', 'refuses_us', 'unreachable')),
    since timestamptz not null,
    detail text not null,
    looked_at timestamptz not null,
    doubted_at timestamptz,
    look_at timestamptz not null,
    primary key (company_id, account_id),
    foreign key (company_id, account_id) references provider_accounts (company_id, id)
);
comment on column provider_health.doubted_at is 'When it first didn''t answer, as long as that is no more than a doubt.';
comment on column provider_health.look_at is 'When it is due for the next look.';
select enforce_tenancy('provider_health');
grant select, insert, update (condition, since, detail, looked_at, doubted_at, look_at) on provider_health to involinks_app;

-- The installation's own provider belongs to no company. One row; another adapter or address begins anew.
create table installation_health (
    one boolean primary key default true check (one),
    adapter text not null,
    base_url text not null,
    condition text check (condition in ('well', 'refuses_us', 'unreachable')),
    since timestamptz,
    detail text not null,
    looked_at timestamptz,
    doubted_at timestamptz,
    look_at timestamptz not null
);
insert into installation_health (adapter, base_url, detail, look_at) values ('', '', '', timestamptz 'epoch');

create function installation_health(p_lock boolean) returns setof installation_health
language plpgsql security definer set search_path = public, pg_temp as $$ begin
    if p_lock then
        perform from installation_health for no key update;
    end if;
    return query select * from installation_health;
end $$;

create function installation_health_keep(p_adapter text, p_base_url text, p_condition text, p_since timestamptz, p_detail text,
                                         p_looked_at timestamptz, p_doubted_at timestamptz, p_look_at timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
    update installation_health
    set adapter = p_adapter, base_url = p_base_url, condition = p_condition, since = p_since, detail = p_detail,
        looked_at = p_looked_at, doubted_at = p_doubted_at, look_at = p_look_at
$$;

-- What must be known across companies: whose an account is, when it is due for a look, how many stand how. No secret.
create table provider_lines (
    id uuid primary key,
    company_id uuid not null,
    adapter text not null,
    enabled boolean not null,
    condition text,
    look_at timestamptz not null
);
create index ix_provider_lines_look_at on provider_lines (look_at) where enabled;

create function keep_provider_line() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
as $$ begin
    if new.removed_at is not null then
        delete from public.provider_lines l where l.id = new.id and l.company_id = new.company_id;
    else
        insert into public.provider_lines as l (id, company_id, adapter, enabled, look_at)
        values (new.id, new.company_id, new.adapter, new.enabled, timestamptz 'epoch')
        on conflict (id) do update set adapter = excluded.adapter, enabled = excluded.enabled, look_at = timestamptz 'epoch'
            where l.company_id = excluded.company_id;
    end if;
    return null;
end $$;
create trigger provider_lines_are_kept after insert or update of adapter, enabled, version, removed_at on provider_accounts
    for each row execute function keep_provider_line();

create function keep_provider_look() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
as $$ begin
    update public.provider_lines l set condition = new.condition, look_at = new.look_at
    where l.id = new.account_id and l.company_id = new.company_id;
    return null;
end $$;
create trigger provider_looks_are_kept after insert or update on provider_health
    for each row execute function keep_provider_look();

create function provider_account_company(p_account uuid) returns uuid
    language sql stable security definer set search_path = pg_catalog, public
    return (select company_id from public.provider_lines l where l.id = p_account);

create function provider_looks_due(p_now timestamptz, p_most integer) returns table (company_id uuid, account_id uuid)
language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    if involinks_company() is not null then
        raise exception 'only the platform asks for every company' using errcode = 'insufficient_privilege';
    end if;
    return query select l.company_id, l.id from provider_lines l join companies c on c.id = l.company_id
        where l.enabled and l.look_at <= p_now and c.state = 'ACTIVE' order by l.look_at limit p_most;
end $$;

create function provider_census() returns table (adapter text, condition text, lines bigint)
language sql stable security definer set search_path = public, pg_temp as $$
    select l.adapter, coalesce(l.condition, 'unknown'), count(*) from provider_lines l where l.enabled group by 1, 2
    union all
    select h.adapter, h.condition, 1 from installation_health h where h.condition is not null
$$;

-- A company without accounts that may send takes the installation's provider: it is told how that stands.
create function provider_less_companies() returns setof uuid
language plpgsql stable security definer set search_path = public, pg_temp as $$ begin
    if involinks_company() is not null then
        raise exception 'only the platform asks for every company' using errcode = 'insufficient_privilege';
    end if;
    return query select c.id from companies c
        where c.state = 'ACTIVE' and not exists (select from provider_lines l where l.company_id = c.id);
end $$;

grant execute on function installation_health, installation_health_keep, provider_account_company, provider_looks_due,
    provider_census, provider_less_companies to involinks_app;

-- Live mode finds accounts of development as well.
create or replace function development_traces() returns setof text
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    found bigint;
    company uuid;
    sealed bigint := 0;
    accounts bigint := 0;
    before text := current_setting('involinks.company', true);
begin
    -- RFC 2606 reserves these endings: nobody can own such an address, so its holder is a demo user.
    select count(*) into found from users where email ~* '(@|\.)(example|test|invalid|localhost)$|@example\.(com|net|org)$';
    if found > 0 then
        return next format('the database holds %s demo user(s), whose passwords are no secret; start with a fresh database.', found);
    end if;
    -- Sealed keys are fenced in by company, for the owner as well: look at one company after the other.
    for company in select id from companies loop
        perform set_config('involinks.company', company::text, true);
        select sealed + count(*) into sealed from sealed_keys where kek_id like 'dev-%';
        select accounts + count(*) into accounts from provider_accounts a
            where a.removed_at is null and (a.adapter = 'sandbox' or substr(a.sealed, 1, 4) = 'dev-'::bytea);
    end loop;
    perform set_config('involinks.company', coalesce(before, ''), true);
    if sealed > 0 then
        return next format('the database holds %s key(s) sealed under a development key; start with a fresh database.', sealed);
    end if;
    if accounts > 0 then
        return next format('the database holds %s provider account(s) of development; start with a fresh database.', accounts);
    end if;
end $$;
