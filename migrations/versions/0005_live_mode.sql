-- Live mode starts on no database that development has touched: its people and keys are known to everybody.

create function development_traces() returns setof text
    language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp
as $$
declare
    found bigint;
    company uuid;
    sealed bigint := 0;
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
    end loop;
    perform set_config('involinks.company', coalesce(before, ''), true);
    if sealed > 0 then
        return next format('the database holds %s key(s) sealed under a development key; start with a fresh database.', sealed);
    end if;
end $$;
comment on function development_traces() is 'Sentences, one for each kind of trace; none for a clean database.';
grant execute on function development_traces() to involinks_app;
