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
-- <<< jobs, events, objects, idempotency, rate limits
