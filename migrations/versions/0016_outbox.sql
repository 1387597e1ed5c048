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
update transmissions set ordered_at = begun_at, lifetime = attempts;
alter table transmissions alter column ordered_at set default now();

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

-- Part 2: jobs that are given back without having been tried, and jobs that let others go first.

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
grant execute on function job_release(uuid, uuid, interval) to involinks_app;
