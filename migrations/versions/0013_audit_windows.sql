-- An auditor may be limited to days (Asia/Dubai): one may see what was recorded on them, and the hashes of everything.
-- Both ends are included; one that is null is open. The gateway applies them; what is stored here is the rule.

alter table memberships
    add column window_first date,
    add column window_last date,
    add constraint memberships_window check
        ((role = 'AUDITOR' or (window_first is null and window_last is null)) and not window_first > window_last);
alter table invitations
    add column window_first date,
    add column window_last date,
    add constraint invitations_window check
        ((role = 'AUDITOR' or (window_first is null and window_last is null)) and not window_first > window_last);

-- The functions below answer or take the window as well; their forms change, so they are made anew.
drop function access_authenticate(bytea, boolean, timestamptz);
drop function access_members();
drop function access_set_role(uuid, text);
drop function access_invite(uuid, text, text, bytea, uuid, timestamptz, timestamptz);
drop function access_invitations();
drop function access_accept_invitation(bytea, uuid, uuid, text, text, text, timestamptz);

create function access_authenticate(presented bytea, by_cookie boolean, moment timestamptz)
returns table (user_id uuid, session_id uuid, key_id uuid, company_id uuid, company_state text, role text,
               scopes text[], second_factor boolean, step_ups jsonb, window_first date, window_last date)
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
                     where p.session_id = s.id and p.until > moment),
                   m.window_first, m.window_last
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
        select k.created_by, null::uuid, k.id, k.company_id, c.state, m.role, k.scopes, true, '{}'::jsonb,
               m.window_first, m.window_last
          from users u
          join memberships m on m.company_id = k.company_id and m.user_id = u.id
          join companies c on c.id = k.company_id
         where u.id = k.created_by and u.disabled_at is null;
end $$;

create function access_members()
returns table (user_id uuid, email text, name text, role text, second_factor boolean, created_at timestamptz,
               window_first date, window_last date)
language sql stable security definer set search_path = public, pg_temp as $$
    select m.user_id, u.email, u.name, m.role, u.totp_sealed is not null, m.created_at, m.window_first, m.window_last
      from memberships m join users u on u.id = m.user_id
     where m.company_id = involinks_company() order by m.created_at, m.user_id;
$$;

-- Outcomes: changed, absent, last_admin. `new_role` null removes the member. A company keeps at least
-- one administrator; the company's row is the lock under which that is counted.
create function access_set_role(of_user uuid, new_role text, new_first date, new_last date)
returns table (outcome text, old_role text, old_first date, old_last date)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    was memberships;
begin
    perform from companies c where c.id = involinks_company() for update;
    select * into was from memberships m where m.company_id = involinks_company() and m.user_id = of_user;
    if not found then return query select 'absent', null::text, null::date, null::date; return; end if;
    if was.role = 'COMPANY_ADMIN' and new_role is distinct from 'COMPANY_ADMIN' and not exists (
        select from memberships m join users u on u.id = m.user_id
         where m.company_id = involinks_company() and m.user_id <> of_user and m.role = 'COMPANY_ADMIN'
           and u.disabled_at is null)
    then return query select 'last_admin', was.role, was.window_first, was.window_last; return; end if;
    if new_role is null then
        delete from memberships m where m.company_id = involinks_company() and m.user_id = of_user;
        -- For good: whoever is invited again begins anew, and keys of long ago don't come back to life.
        update api_keys k set revoked_at = clock_timestamp()
         where k.company_id = involinks_company() and k.created_by = of_user and k.revoked_at is null;
        update sessions s set revoked_at = clock_timestamp()
         where s.company_id = involinks_company() and s.user_id = of_user and s.revoked_at is null;
    else
        update memberships m set role = new_role, window_first = new_first, window_last = new_last
         where m.company_id = involinks_company() and m.user_id = of_user;
    end if;
    -- What a fresh code had opened belonged to the old role.
    delete from step_ups p using sessions s
     where p.session_id = s.id and s.user_id = of_user and s.company_id = involinks_company();
    return query select 'changed', was.role, was.window_first, was.window_last;
end $$;

create function access_invite(id uuid, email text, role text, token_hash bytea, invited_by uuid,
                              expires_at timestamptz, moment timestamptz, new_first date, new_last date) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into invitations (company_id, id, email, role, token_hash, invited_by, created_at, expires_at,
                             window_first, window_last)
    values (involinks_company(), id, email, role, token_hash, invited_by, moment, expires_at, new_first, new_last);
$$;

create function access_invitations()
returns table (id uuid, email text, role text, created_at timestamptz, expires_at timestamptz, accepted_at timestamptz,
               revoked_at timestamptz, window_first date, window_last date)
language sql stable security definer set search_path = public, pg_temp as $$
    select i.id, i.email, i.role, i.created_at, i.expires_at, i.accepted_at, i.revoked_at, i.window_first, i.window_last
      from invitations i where i.company_id = involinks_company() order by i.id desc;
$$;

-- Makes the account where none is there, and the membership. Outcomes: accepted, gone, account (somebody else made the
-- account meanwhile), super_admin (runs the platform, so belongs to no company).
create function access_accept_invitation(presented bytea, new_user uuid, known_user uuid, name text, phone text,
                                         password_hash text, moment timestamptz)
returns table (outcome text, user_id uuid, company_id uuid, role text, window_first date, window_last date)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    i invitations;
    u users;
begin
    select * into i from invitations t where t.token_hash = presented and t.accepted_at is null
        and t.revoked_at is null and t.expires_at > moment for update;
    if not found then
        return query select 'gone', null::uuid, null::uuid, null::text, null::date, null::date; return;
    end if;
    if known_user is null then
        insert into users (id, email, name, phone, password_hash, created_at)
        values (new_user, i.email, name, phone, password_hash, moment) on conflict do nothing;
        if not found then
            return query select 'account', null::uuid, null::uuid, null::text, null::date, null::date; return;
        end if;
        known_user := new_user;
    end if;
    select * into u from users t where t.id = known_user;
    if u.super_admin or lower(u.email) <> lower(i.email) then
        return query select 'super_admin', null::uuid, null::uuid, null::text, null::date, null::date; return;
    end if;
    insert into memberships values (i.company_id, known_user, i.role, moment, i.window_first, i.window_last)
    on conflict on constraint memberships_pkey do nothing;
    update invitations t set accepted_at = moment where t.company_id = i.company_id and t.id = i.id;
    return query select 'accepted', known_user, i.company_id, i.role, i.window_first, i.window_last;
end $$;

do $$
declare
    f regprocedure;
begin
    for f in select p.oid from pg_proc p
              where p.pronamespace = 'public'::regnamespace
                and p.proname in ('access_authenticate', 'access_members', 'access_set_role', 'access_invite',
                                  'access_invitations', 'access_accept_invitation')
    loop
        execute format('revoke all on function %s from public', f);
        execute format('grant execute on function %s to involinks_app', f);
    end loop;
end $$;
