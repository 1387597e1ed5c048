-- What those outside said of each checkpoint they were given, and time stamps over checkpoints. Both only grow.

create table witness_answers (
    company_id uuid not null,
    id uuid not null,
    witness text not null,
    outcome text not null check (outcome ~ '^[a-z_]+$'),
    good boolean not null,
    size bigint not null check (size > 0),
    told bigint check (told >= 0),
    at timestamptz not null,
    note bytea,
    detail text not null,
    primary key (company_id, id),
    check (not good or note is not null)
);
comment on table witness_answers is 'One row for each answer; the latest of a witness tells how things stand with it.';
comment on column witness_answers.witness is 'The name of its key, or the address that copies go to.';
comment on column witness_answers.size is 'Of the checkpoint that was given.';
comment on column witness_answers.told is 'The size that the witness says it last saw, where it says so.';
comment on column witness_answers.note is 'The checkpoint with the cosignature, or as it was left with the witness.';
create index ix_witness_answers_latest on witness_answers (company_id, witness, id);
create index ix_witness_answers_good on witness_answers (company_id, witness, size) where good;

create table ledger_timestamps (
    company_id uuid not null,
    id uuid not null,
    size bigint not null check (size > 0),
    note bytea not null,
    at timestamptz not null,
    authority text not null,
    leaf bigint not null check (leaf >= 0),
    leaves bigint not null check (leaves > leaf),
    root bytea not null check (octet_length(root) = 32),
    path bytea not null check (octet_length(path) % 32 = 0),
    token bytea not null,
    primary key (company_id, id)
);
comment on table ledger_timestamps is 'RFC 3161: this company''s checkpoint, its place in the tree over all companies, the token over that tree.';
comment on column ledger_timestamps.at is 'The authority''s time, out of the token.';
create index ix_ledger_timestamps_size on ledger_timestamps (company_id, size);

select enforce_tenancy('witness_answers');
select enforce_tenancy('ledger_timestamps');
grant select, insert on witness_answers, ledger_timestamps to involinks_app;
create trigger refuse before update or delete or truncate on witness_answers for each statement execute function ledger_refuse();
create trigger refuse before update or delete or truncate on ledger_timestamps for each statement execute function ledger_refuse();
alter table witness_answers enable always trigger refuse;
alter table ledger_timestamps enable always trigger refuse;

-- Who is to be told of what: companies whose newest checkpoint a witness has not answered yet, or not for long enough.
-- One whose job waits is left to that job and its pauses. The tables are fenced in by company, for the owner as well, so
-- this looks at one company after the other. The planner is held to the indexes: a plan cached while the tables were
-- small would read them whole.
create function witness_due(p_kind text, p_witnesses text[], p_every interval[], p_again interval[], p_refused interval, p_now timestamptz)
returns table (company_id uuid, witness text)
language plpgsql security definer set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    company uuid;
    newest bigint;
    latest witness_answers;
    place integer;
begin
    if involinks_company() is not null then
        raise exception 'only the platform asks for every company' using errcode = 'insufficient_privilege';
    end if;
    for company in select c from company_ids() c loop
        perform set_config('involinks.company', company::text, true);
        select max(k.size) into newest from ledger_checkpoints k where k.company_id = company;
        continue when newest is null;
        for place in 1 .. coalesce(array_length(p_witnesses, 1), 0) loop
            continue when exists (select from jobs j
                where j.kind = p_kind and j.company_id = company and j.key = p_witnesses[place] and j.claim is null);
            select * into latest from witness_answers a
            where a.company_id = company and a.witness = p_witnesses[place] order by a.id desc limit 1;
            if not found
                or (latest.good and newest > latest.size and p_now >= latest.at + p_every[place])
                or (latest.good and p_now >= latest.at + p_again[place])
                or (not latest.good and p_now >= latest.at + p_refused) then
                company_id := company;
                witness := p_witnesses[place];
                return next;
            end if;
        end loop;
    end loop;
    perform set_config('involinks.company', '', true);
end $$;
comment on function witness_due is 'p_again: when a witness is asked anew although nothing changed; null: never. p_refused: after an answer that was not good.';

-- The leaves of the daily tree.
create function newest_checkpoints() returns table (company_id uuid, note bytea)
language plpgsql security definer set search_path = public, pg_temp set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
    company uuid;
begin
    if involinks_company() is not null then
        raise exception 'only the platform asks for every company' using errcode = 'insufficient_privilege';
    end if;
    for company in select c from company_ids() c loop
        perform set_config('involinks.company', company::text, true);
        return query select k.company_id, k.note from ledger_checkpoints k
            where k.company_id = company order by k.size desc limit 1;
    end loop;
    perform set_config('involinks.company', '', true);
end $$;
grant execute on function witness_due, newest_checkpoints to involinks_app;
