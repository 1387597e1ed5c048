-- Companies, people, memberships, sessions, API keys: platform tables. They stand outside the tenant policies because
-- they answer who somebody is before any company is known. The app role has no right on them; it calls the functions
-- below, each of which does one thing. Functions that work inside a company take it from involinks_company(), never
-- from an argument. Secrets are stored as SHA-256 (tokens, keys, backup codes), argon2id (passwords) or sealed (TOTP).

create table users (
    id uuid primary key,
    email text not null,
    name text not null,
    phone text,
    password_hash text not null,
    super_admin boolean not null default false,
    totp_sealed bytea,                -- in use, once confirmed
    totp_pending bytea,               -- offered, waiting for its first code
    totp_step bigint not null default 0, -- the last 30-second step whose code was accepted; none counts twice
    created_at timestamptz not null,
    disabled_at timestamptz
);
create unique index uq_users_email on users (lower(email));

create table backup_codes (
    user_id uuid not null references users,
    code_hash bytea not null,
    used_at timestamptz,
    primary key (user_id, code_hash)
);

create table companies (
    id uuid primary key,
    state text not null check (state in ('PENDING', 'ACTIVE', 'REJECTED', 'SUSPENDED')),
    profile jsonb not null,
    legal_name text not null generated always as (profile ->> 'legal_name') stored,
    trn text generated always as (profile ->> 'trn') stored,
    tin text not null generated always as (profile ->> 'tin') stored,
    admin_email text not null,        -- who is invited as the first administrator when the company is approved
    created_at timestamptz not null,
    decided_at timestamptz,
    decided_by uuid references users,
    reason text
);
-- The TIN is the address on the network, so it is what must be unique; members of a VAT group share a TRN.
-- Applications don't count: nobody can block a company by applying in its name.
create unique index uq_companies_tin on companies (tin) where state in ('ACTIVE', 'SUSPENDED');

create table memberships (
    company_id uuid not null references companies,
    user_id uuid not null references users,
    role text not null check (role in ('COMPANY_ADMIN', 'FINANCE_USER', 'AUDITOR')),
    created_at timestamptz not null,
    primary key (company_id, user_id)
);
create index ix_memberships_user_id on memberships (user_id);

create table invitations (
    company_id uuid not null references companies,
    id uuid not null,
    email text not null,
    role text not null check (role in ('COMPANY_ADMIN', 'FINANCE_USER', 'AUDITOR')),
    token_hash bytea not null unique,
    invited_by uuid not null references users,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    revoked_at timestamptz,
    primary key (company_id, id)
);

create table sessions (
    id uuid primary key,
    user_id uuid not null references users,
    company_id uuid references companies,
    browser boolean not null,         -- shown as a cookie, never as a bearer token, and the other way round
    second_factor boolean not null,
    token_hash bytea not null unique,
    token_expires_at timestamptz not null,
    idle interval,                    -- browser: each use moves token_expires_at on by this, up to expires_at
    expires_at timestamptz not null,
    address text not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);
create index ix_sessions_user_id on sessions (user_id);

create table refresh_tokens (
    token_hash bytea primary key,
    session_id uuid not null references sessions on delete cascade,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index ix_refresh_tokens_session_id on refresh_tokens (session_id);

create table step_ups (
    session_id uuid not null references sessions on delete cascade,
    action text not null check (action in ('approve', 'send', 'keys', 'roles')),
    until timestamptz not null,
    primary key (session_id, action)
);

create table api_keys (
    company_id uuid not null references companies,
    id uuid not null,
    name text not null,
    prefix text not null,             -- the visible beginning, so that a person can tell keys apart
    secret_hash bytea not null unique,
    scopes text[] not null check (cardinality(scopes) > 0),
    created_by uuid not null references users,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    primary key (company_id, id)
);

-- One row per account and address, and one per account with the address '*'.
create table attempts (
    account bytea not null,
    address text not null,
    failures int not null,
    since timestamptz not null,
    locked_until timestamptz,
    succeeded_at timestamptz,
    primary key (account, address)
);

create table platform_events (
    id uuid primary key,
    at timestamptz not null,
    actor text not null,
    kind text not null,
    company_id uuid references companies,
    facts jsonb not null
);
create index ix_platform_events_company_id on platform_events (company_id, id);

-- The only tenant table of this revision.
create table company_policies (
    company_id uuid primary key references companies,
    four_eyes boolean not null default true,
    approve_sends boolean not null default false,
    changed_at timestamptz not null,
    changed_by text not null
);
select enforce_tenancy('company_policies');
grant select, insert, update on company_policies to involinks_app;


-- ---------------------------------------------------------------------------------------------- who is calling

create function access_authenticate(presented bytea, by_cookie boolean, moment timestamptz)
returns table (user_id uuid, session_id uuid, key_id uuid, company_id uuid, company_state text, role text,
               scopes text[], second_factor boolean, step_ups jsonb)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    s sessions;
    k api_keys;
begin
    select * into s from sessions t where t.token_hash = presented;
    if found then
        if s.browser <> by_cookie or s.revoked_at is not null or moment >= s.token_expires_at or moment >= s.expires_at
        then return; end if;
        -- At most one write a minute, and none where the window doesn't move.
        if s.idle is not null and s.token_expires_at < least(s.expires_at, moment + s.idle - interval '1 minute') then
            update sessions t set token_expires_at = least(s.expires_at, moment + s.idle) where t.id = s.id;
        end if;
        return query
            select s.user_id, s.id, null::uuid, s.company_id, c.state,
                   case when u.super_admin then 'SUPER_ADMIN' else m.role end,
                   null::text[], s.second_factor,
                   (select coalesce(jsonb_object_agg(p.action, p.until), '{}') from step_ups p
                     where p.session_id = s.id and p.until > moment)
              from users u
              left join companies c on c.id = s.company_id
              left join memberships m on m.company_id = s.company_id and m.user_id = u.id
             where u.id = s.user_id and u.disabled_at is null
               and (s.company_id is null or u.super_admin or m.role is not null);
        return;
    end if;
    if by_cookie then return; end if;
    select * into k from api_keys t where t.secret_hash = presented;
    if not found or k.revoked_at is not null or moment >= k.expires_at then return; end if;
    if k.last_used_at is null or k.last_used_at < moment - interval '1 minute' then
        update api_keys t set last_used_at = moment where t.company_id = k.company_id and t.id = k.id;
    end if;
    return query
        select k.created_by, null::uuid, k.id, k.company_id, c.state, m.role, k.scopes, true, '{}'::jsonb
          from users u
          join memberships m on m.company_id = k.company_id and m.user_id = u.id
          join companies c on c.id = k.company_id
         where u.id = k.created_by and u.disabled_at is null;
end $$;

-- Counts an attempt before it is tried, so that a hundred at once are five; success gives it back. Null: go on.
create function access_attempt(for_account bytea, from_address text, moment timestamptz) returns interval
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    here attempts;
    everywhere attempts;
begin
    -- Both rows are taken in one order by everybody ('*' first), so two attempts can't deadlock.
    insert into attempts values (for_account, '*', 0, moment) on conflict do nothing;
    insert into attempts values (for_account, from_address, 0, moment) on conflict do nothing;
    select * into everywhere from attempts where account = for_account and address = '*' for update;
    select * into here from attempts where account = for_account and address = from_address for update;
    if here.locked_until > moment then return here.locked_until - moment; end if;
    if everywhere.since <= moment - interval '1 hour' then everywhere.failures := 0; everywhere.since := moment; end if;
    -- Guessing from many addresses closes the account to new addresses for the hour; an address that its owner has
    -- used within a month stays open, so strangers can't shut the owner out.
    if everywhere.failures >= 100 and coalesce(here.succeeded_at < moment - interval '30 days', true) then
        return everywhere.since + interval '1 hour' - moment;
    end if;
    if here.since <= moment - interval '15 minutes' or here.locked_until <= moment then
        here.failures := 0; here.since := moment;
    end if;
    update attempts set failures = everywhere.failures + 1, since = everywhere.since
     where account = for_account and address = '*';
    update attempts
       set failures = here.failures + 1, since = here.since,
           locked_until = case when here.failures + 1 >= 5 then moment + interval '15 minutes' end
     where account = for_account and address = from_address;
    return null;
end $$;

create function access_attempt_succeeded(for_account bytea, from_address text, moment timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
    update attempts set failures = greatest(failures - 1, 0) where account = for_account and address = '*';
    update attempts set failures = 0, locked_until = null, succeeded_at = moment
     where account = for_account and address = from_address;
$$;


-- ------------------------------------------------------------------------------------------------------ people

create function access_user(by_email text)
returns table (id uuid, email text, name text, password_hash text, super_admin boolean, totp_sealed bytea,
               totp_pending bytea, totp_step bigint, disabled_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select u.id, u.email, u.name, u.password_hash, u.super_admin, u.totp_sealed, u.totp_pending, u.totp_step,
           u.disabled_at
      from users u where lower(u.email) = lower(by_email);
$$;

create function access_user_by_id(user_id uuid)
returns table (id uuid, email text, name text, password_hash text, super_admin boolean, totp_sealed bytea,
               totp_pending bytea, totp_step bigint, disabled_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select u.id, u.email, u.name, u.password_hash, u.super_admin, u.totp_sealed, u.totp_pending, u.totp_step,
           u.disabled_at
      from users u where u.id = user_id;
$$;

create function access_memberships(of_user uuid)
returns table (company_id uuid, legal_name text, company_state text, role text)
language sql stable security definer set search_path = public, pg_temp as $$
    select m.company_id, c.legal_name, c.state, m.role
      from memberships m join companies c on c.id = m.company_id
     where m.user_id = of_user order by m.company_id;
$$;

-- Not granted to the app role: only the owner, from the command line, makes a super admin.
create function access_create_super_admin(id uuid, email text, name text, password_hash text, moment timestamptz)
returns boolean
language sql security definer set search_path = public, pg_temp as $$
    with made as (
        insert into users (id, email, name, password_hash, super_admin, created_at)
        values (id, email, name, password_hash, true, moment) on conflict do nothing returning 1)
    select exists (select from made);
$$;

create function access_set_password(of_user uuid, hash text, kept_session uuid, moment timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
    update users set password_hash = hash where id = of_user;
    update sessions set revoked_at = moment
     where user_id = of_user and revoked_at is null and id is distinct from kept_session;
$$;

create function access_rehash_password(of_user uuid, seen text, hash text) returns void
language sql security definer set search_path = public, pg_temp as $$
    update users set password_hash = hash where id = of_user and password_hash = seen;
$$;

create function access_offer_totp(of_user uuid, sealed bytea) returns void
language sql security definer set search_path = public, pg_temp as $$
    update users set totp_pending = sealed where id = of_user;
$$;

-- Compare-and-set on the offered secret: of two confirmations at once one wins. Other sessions end, new codes replace
-- the old ones, this session has shown its second factor.
create function access_confirm_totp(of_user uuid, sealed bytea, step bigint, code_hashes bytea[], in_session uuid,
                                    moment timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update users set totp_sealed = sealed, totp_pending = null, totp_step = step
     where id = of_user and totp_pending = sealed;
    if not found then return false; end if;
    delete from backup_codes where user_id = of_user;
    insert into backup_codes (user_id, code_hash) select of_user, unnest(code_hashes);
    update sessions set revoked_at = moment where user_id = of_user and revoked_at is null and id <> in_session;
    update sessions set second_factor = true where id = in_session;
    return true;
end $$;

create function access_replace_backup_codes(of_user uuid, code_hashes bytea[]) returns void
language sql security definer set search_path = public, pg_temp as $$
    delete from backup_codes where user_id = of_user;
    insert into backup_codes (user_id, code_hash) select of_user, unnest(code_hashes);
$$;

create function access_backup_codes_left(of_user uuid) returns bigint
language sql stable security definer set search_path = public, pg_temp as $$
    select count(*) from backup_codes where user_id = of_user and used_at is null;
$$;

-- True once per step: the row lock lets one of several concurrent uses of a code through.
create function access_count_totp(of_user uuid, step bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update users set totp_step = step where id = of_user and totp_step < step;
    return found;
end $$;

create function access_use_backup_code(of_user uuid, hash bytea, moment timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update backup_codes set used_at = moment where user_id = of_user and code_hash = hash and used_at is null;
    return found;
end $$;


-- ---------------------------------------------------------------------------------------------------- sessions

-- When the session ends; null where the person is no member of that company (and no super admin), where the account is
-- closed, or where the session it comes from has ended. A session made from another doesn't outlive it.
create function access_open_session(id uuid, of_user uuid, in_company uuid, browser boolean, second_factor boolean,
    token_hash bytea, token_expires_at timestamptz, idle interval, refresh_hash bytea, expires_at timestamptz,
    from_session uuid, address text, moment timestamptz) returns timestamptz
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform from users u where u.id = of_user and u.disabled_at is null
        and (in_company is null
             or (u.super_admin and exists (select from companies c where c.id = in_company))
             or exists (select from memberships m where m.user_id = of_user and m.company_id = in_company));
    if not found then return null; end if;
    if from_session is not null then
        select least(s.expires_at, access_open_session.expires_at) into expires_at from sessions s
         where s.id = from_session and s.user_id = of_user and s.revoked_at is null;
        if not found then return null; end if;
    end if;
    insert into sessions values (id, of_user, in_company, browser, second_factor, token_hash,
                                 least(token_expires_at, expires_at), idle, expires_at, address, moment);
    if refresh_hash is not null then
        insert into refresh_tokens values (refresh_hash, id, expires_at);
    end if;
    return expires_at;
end $$;

-- Rotates both tokens. A refresh token shown a second time was stolen or is the thief's: the whole session ends.
create function access_refresh(presented bytea, new_token bytea, new_token_expires_at timestamptz, new_refresh bytea,
    moment timestamptz)
returns table (outcome text, session_id uuid, company_id uuid, second_factor boolean, expires_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    r refresh_tokens;
    s sessions;
begin
    select * into r from refresh_tokens t where t.token_hash = presented for update;
    if not found then return query select 'unknown', null::uuid, null::uuid, false, null::timestamptz; return; end if;
    select * into s from sessions t where t.id = r.session_id for update;
    if s.revoked_at is not null or moment >= s.expires_at or moment >= r.expires_at then
        return query select 'ended', s.id, s.company_id, s.second_factor, s.expires_at; return;
    end if;
    if r.used_at is not null then
        update sessions t set revoked_at = moment where t.id = s.id;
        return query select 'reused', s.id, s.company_id, s.second_factor, s.expires_at; return;
    end if;
    update refresh_tokens t set used_at = moment where t.token_hash = presented;
    insert into refresh_tokens values (new_refresh, s.id, s.expires_at);
    update sessions t set token_hash = new_token, token_expires_at = least(new_token_expires_at, s.expires_at)
     where t.id = s.id;
    return query select 'rotated', s.id, s.company_id, s.second_factor, s.expires_at;
end $$;

create function access_close_session(of_user uuid, session uuid, moment timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update sessions set revoked_at = moment where id = session and user_id = of_user and revoked_at is null;
    return found;
end $$;

create function access_sessions(of_user uuid, moment timestamptz)
returns table (id uuid, company_id uuid, browser boolean, address text, created_at timestamptz, expires_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select s.id, s.company_id, s.browser, s.address, s.created_at, s.expires_at from sessions s
     where s.user_id = of_user and s.revoked_at is null and s.expires_at > moment order by s.id;
$$;

create function access_open_step_up(session uuid, action text, until timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into step_ups values (session, action, until)
    on conflict (session_id, action) do update set until = excluded.until;
$$;

-- What has ended goes; a session stays for a week after its end, so that reuse of its refresh tokens is still known.
create function access_purge(moment timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
    delete from sessions where expires_at < moment - interval '7 days';
    delete from step_ups where until < moment;
    delete from attempts where since < moment - interval '31 days'
        and coalesce(succeeded_at, since) < moment - interval '31 days';
$$;


-- ------------------------------------------------------------------------------ inside the company of the request

create function access_members()
returns table (user_id uuid, email text, name text, role text, second_factor boolean, created_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select m.user_id, u.email, u.name, m.role, u.totp_sealed is not null, m.created_at
      from memberships m join users u on u.id = m.user_id
     where m.company_id = involinks_company() order by m.created_at, m.user_id;
$$;

-- Outcomes: changed, absent, last_admin. `new_role` null removes the member. A company keeps at least
-- one administrator; the company's row is the lock under which that is counted.
create function access_set_role(of_user uuid, new_role text)
returns table (outcome text, old_role text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    was text;
begin
    perform from companies c where c.id = involinks_company() for update;
    select m.role into was from memberships m where m.company_id = involinks_company() and m.user_id = of_user;
    if not found then return query select 'absent', null::text; return; end if;
    if was = 'COMPANY_ADMIN' and new_role is distinct from 'COMPANY_ADMIN' and not exists (
        select from memberships m join users u on u.id = m.user_id
         where m.company_id = involinks_company() and m.user_id <> of_user and m.role = 'COMPANY_ADMIN'
           and u.disabled_at is null)
    then return query select 'last_admin', was; return; end if;
    if new_role is null then
        delete from memberships m where m.company_id = involinks_company() and m.user_id = of_user;
        -- For good: whoever is invited again begins anew, and keys of long ago don't come back to life.
        update api_keys k set revoked_at = clock_timestamp()
         where k.company_id = involinks_company() and k.created_by = of_user and k.revoked_at is null;
        update sessions s set revoked_at = clock_timestamp()
         where s.company_id = involinks_company() and s.user_id = of_user and s.revoked_at is null;
    else
        update memberships m set role = new_role where m.company_id = involinks_company() and m.user_id = of_user;
    end if;
    -- What a fresh code had opened belonged to the old role.
    delete from step_ups p using sessions s
     where p.session_id = s.id and s.user_id = of_user and s.company_id = involinks_company();
    return query select 'changed', was;
end $$;

create function access_invite(id uuid, email text, role text, token_hash bytea, invited_by uuid,
                              expires_at timestamptz, moment timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into invitations values (involinks_company(), id, email, role, token_hash, invited_by, moment, expires_at);
$$;

create function access_invitations()
returns table (id uuid, email text, role text, created_at timestamptz, expires_at timestamptz, accepted_at timestamptz,
               revoked_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select i.id, i.email, i.role, i.created_at, i.expires_at, i.accepted_at, i.revoked_at from invitations i
     where i.company_id = involinks_company() order by i.id desc;
$$;

create function access_revoke_invitation(invitation uuid, moment timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update invitations i set revoked_at = moment
     where i.company_id = involinks_company() and i.id = invitation and i.accepted_at is null and i.revoked_at is null;
    return found;
end $$;

create function access_invitation(presented bytea, moment timestamptz)
returns table (company_id uuid, email text, role text)
language sql stable security definer set search_path = public, pg_temp as $$
    select i.company_id, i.email, i.role from invitations i
     where i.token_hash = presented and i.accepted_at is null and i.revoked_at is null and i.expires_at > moment;
$$;

-- Makes the account where none is there, and the membership. Outcomes: accepted, gone, account (somebody else made the
-- account meanwhile), super_admin (runs the platform, so belongs to no company).
create function access_accept_invitation(presented bytea, new_user uuid, known_user uuid, name text, phone text,
                                         password_hash text, moment timestamptz)
returns table (outcome text, user_id uuid, company_id uuid, role text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    i invitations;
    u users;
begin
    select * into i from invitations t where t.token_hash = presented and t.accepted_at is null
        and t.revoked_at is null and t.expires_at > moment for update;
    if not found then return query select 'gone', null::uuid, null::uuid, null::text; return; end if;
    if known_user is null then
        insert into users (id, email, name, phone, password_hash, created_at)
        values (new_user, i.email, name, phone, password_hash, moment) on conflict do nothing;
        if not found then return query select 'account', null::uuid, null::uuid, null::text; return; end if;
        known_user := new_user;
    end if;
    select * into u from users t where t.id = known_user;
    if u.super_admin or lower(u.email) <> lower(i.email) then
        return query select 'super_admin', null::uuid, null::uuid, null::text; return;
    end if;
    insert into memberships values (i.company_id, known_user, i.role, moment)
    on conflict on constraint memberships_pkey do nothing;
    update invitations t set accepted_at = moment where t.company_id = i.company_id and t.id = i.id;
    return query select 'accepted', known_user, i.company_id, i.role;
end $$;

create function access_create_key(id uuid, name text, prefix text, secret_hash bytea, scopes text[], created_by uuid,
                                  expires_at timestamptz, moment timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into api_keys
    values (involinks_company(), id, name, prefix, secret_hash, scopes, created_by, moment, expires_at);
$$;

create function access_keys()
returns table (id uuid, name text, prefix text, scopes text[], created_by uuid, created_at timestamptz,
               expires_at timestamptz, last_used_at timestamptz, revoked_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select k.id, k.name, k.prefix, k.scopes, k.created_by, k.created_at, k.expires_at, k.last_used_at, k.revoked_at
      from api_keys k where k.company_id = involinks_company() order by k.id desc;
$$;

create function access_revoke_key(key uuid, moment timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update api_keys k set revoked_at = moment
     where k.company_id = involinks_company() and k.id = key and k.revoked_at is null;
    return found;
end $$;


-- --------------------------------------------------------------------------------------------------- companies

create function company_register(id uuid, profile jsonb, admin_email text, moment timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into companies (id, state, profile, admin_email, created_at)
    values (id, 'PENDING', profile, admin_email, moment);
$$;

create function company_list(in_state text, after uuid, at_most int)
returns table (id uuid, state text, profile jsonb, admin_email text, created_at timestamptz, decided_at timestamptz,
               reason text)
language sql stable security definer set search_path = public, pg_temp as $$
    select c.id, c.state, c.profile, c.admin_email, c.created_at, c.decided_at, c.reason from companies c
     where (in_state is null or c.state = in_state) and (after is null or c.id > after) order by c.id limit at_most;
$$;

create function company_entry(company uuid)
returns table (id uuid, state text, profile jsonb, admin_email text, created_at timestamptz, decided_at timestamptz,
               reason text)
language sql stable security definer set search_path = public, pg_temp as $$
    select c.id, c.state, c.profile, c.admin_email, c.created_at, c.decided_at, c.reason from companies c
     where c.id = company;
$$;

-- Compare-and-set on the state; raises unique_violation where another live company holds the TIN.
create function company_move(company uuid, from_state text, to_state text, by_user uuid, why text, moment timestamptz)
returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update companies set state = to_state, decided_at = moment, decided_by = by_user, reason = why
     where id = company and state = from_state;
    return found;
end $$;

create function company_profile() returns table (state text, profile jsonb)
language sql stable security definer set search_path = public, pg_temp as $$
    select c.state, c.profile from companies c where c.id = involinks_company();
$$;

-- The identifiers a company was approved with stay: the registry's TRN and TIN are what the super admin checked.
create function company_change_profile(new_profile jsonb) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update companies c set profile = new_profile
     where c.id = involinks_company() and c.tin = new_profile ->> 'tin'
       and c.trn is not distinct from (new_profile ->> 'trn');
    return found;
end $$;

-- Which company receives for this TIN: the access point's question, asked before any company is known.
create function company_by_tin(wanted text) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
    select id from companies where tin = wanted and state in ('ACTIVE', 'SUSPENDED');
$$;

create function company_ids() returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
    select id from companies where state in ('ACTIVE', 'SUSPENDED') order by id;
$$;

create function platform_record(id uuid, at timestamptz, actor text, kind text, company uuid, facts jsonb) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into platform_events values (id, at, actor, kind, company, facts);
$$;

create function platform_events_page(before uuid, at_most int)
returns table (id uuid, at timestamptz, actor text, kind text, company_id uuid, facts jsonb)
language sql stable security definer set search_path = public, pg_temp as $$
    select e.id, e.at, e.actor, e.kind, e.company_id, e.facts from platform_events e
     where before is null or e.id < before order by e.id desc limit at_most;
$$;

-- What the platform's people did with or read of the present company.
create function platform_events_here(before uuid, at_most int)
returns table (id uuid, at timestamptz, actor text, kind text, company_id uuid, facts jsonb)
language sql stable security definer set search_path = public, pg_temp as $$
    select e.id, e.at, e.actor, e.kind, e.company_id, e.facts from platform_events e
     where e.company_id = involinks_company() and (before is null or e.id < before) order by e.id desc limit at_most;
$$;

do $$
declare
    f regprocedure;
begin
    for f in select p.oid from pg_proc p
              where p.pronamespace = 'public'::regnamespace and p.proname ~ '^(access|company|platform)_'
    loop
        execute format('revoke all on function %s from public', f);
        if f::text not like 'access_create_super_admin%' then
            execute format('grant execute on function %s to involinks_app', f);
        end if;
    end loop;
end $$;
