-- Webhooks: what happened in a company, posted to the addresses that it chose.

create table webhook_endpoints (
    company_id uuid not null,
    id uuid not null,
    url text not null check (length(url) between 1 and 2000),
    description text not null check (length(description) <= 200),
    kinds text[] not null check (cardinality(kinds) between 1 and 200),
    state text not null check (state in ('enabled', 'paused', 'deleted')),
    paused_for text check (paused_for in ('person', 'gone', 'failing')),
    paused_at timestamptz,
    resumed_at timestamptz,         -- what has waited till then is tried for three days from then on
    failures integer not null default 0 check (failures >= 0),  -- since the last success
    failing_since timestamptz,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_failure text,
    rests_until timestamptz,        -- not called before: it asked for that, is slow, or has failed several times
    claim uuid,                     -- the worker that calls it; one at a time, so that no delivery is under way twice
    claimed_until timestamptz,
    created_by text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (company_id, id),
    check ((state = 'paused') = (paused_for is not null and paused_at is not null)),
    check ((failures = 0) = (failing_since is null))
);
select enforce_tenancy('webhook_endpoints');
grant select, insert, update, delete on webhook_endpoints to involinks_app;

-- Under a key-encryption key, bound to company and secret. Two at most are in force.
create table webhook_secrets (
    company_id uuid not null,
    endpoint_id uuid not null,
    id uuid not null,
    sealed bytea not null,
    made_at timestamptz not null,
    expires_at timestamptz,         -- null: the one that stays
    primary key (company_id, endpoint_id, id),
    foreign key (company_id, endpoint_id) references webhook_endpoints (company_id, id) on delete cascade
);
create unique index uq_webhook_secrets_staying on webhook_secrets (company_id, endpoint_id) where expires_at is null;
select enforce_tenancy('webhook_secrets');
grant select, insert, update, delete on webhook_secrets to involinks_app;

-- One row for each event and endpoint; the event's id is the message's. Ids, kind and time only: nothing to be erased.
create table webhook_deliveries (
    company_id uuid not null,
    endpoint_id uuid not null,
    id uuid not null,
    kind text not null,
    subject_id uuid not null,
    at timestamptz not null,
    state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
    attempts integer not null default 0,
    next_at timestamptz not null,
    give_up_at timestamptz not null,
    delivered_at timestamptz,
    reason text,
    primary key (company_id, endpoint_id, id),
    foreign key (company_id, endpoint_id) references webhook_endpoints (company_id, id) on delete cascade
);
create index ix_webhook_deliveries_pending on webhook_deliveries (company_id, endpoint_id, next_at) where state = 'pending';
create index ix_webhook_deliveries_company_id_at on webhook_deliveries (company_id, at);
create index ix_webhook_deliveries_company_id_subject_id on webhook_deliveries (company_id, subject_id);
select enforce_tenancy('webhook_deliveries');
grant select, insert, update, delete on webhook_deliveries to involinks_app;

create table webhook_attempts (
    company_id uuid not null,
    endpoint_id uuid not null,
    delivery_id uuid not null,
    number integer not null check (number > 0),   -- over the delivery's whole life
    begun_at timestamptz not null,
    ended_at timestamptz,                         -- null: under way, or the worker was killed meanwhile
    outcome text check (outcome in ('delivered', 'failed', 'gone')),
    status smallint,
    reason text,
    answer text,                                  -- its beginning, masked
    primary key (company_id, endpoint_id, delivery_id, number),
    foreign key (company_id, endpoint_id, delivery_id)
        references webhook_deliveries (company_id, endpoint_id, id) on delete cascade
);
select enforce_tenancy('webhook_attempts');
grant select, insert, update, delete on webhook_attempts to involinks_app;

-- In the transaction of the events themselves, so nothing is missed and nothing invented. Each endpoint that is enabled gets
-- a job. The job has no key: a unique one would let transactions of one company wait for each other, in a circle with the
-- ledger's head. And it wakes nobody: NOTIFY would put all commits in one row. A worker looks every few seconds anyway.
-- The planner is held to the keys: a plan cached while the tables were small would read every company's endpoints.
create function webhook_feed() returns trigger
language plpgsql security definer set search_path = public, pg_temp set enable_seqscan = off as $$
begin
    if not exists (
        select from webhook_endpoints where company_id = involinks_company() and state <> 'deleted'
    ) then
        return null;
    end if;
    with fed as (
        insert into webhook_deliveries (company_id, endpoint_id, id, kind, subject_id, at, next_at, give_up_at)
        select e.company_id, w.id, e.id, e.kind, e.subject_id, e.at, least(e.at, clock_timestamp()),
               e.at + interval '3 days'
        from happened e join webhook_endpoints w on w.company_id = e.company_id
        where w.company_id = involinks_company() and w.state <> 'deleted'
          and w.kinds && array['*', split_part(e.kind, '.', 1) || '.*', e.kind]
        returning endpoint_id
    )
    insert into jobs (id, kind, company_id, payload, run_at, max_attempts)
    select gen_random_uuid(), 'webhooks.deliver', w.company_id, json_build_object('endpoint_id', w.id),
           clock_timestamp(), 12
    from webhook_endpoints w
    where w.company_id = involinks_company() and w.state = 'enabled' and w.id in (select endpoint_id from fed);
    return null;
end $$;
create trigger webhook_feed after insert on events
    referencing new table as happened for each statement execute function webhook_feed();
